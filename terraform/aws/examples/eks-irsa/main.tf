# A broker on EKS that signs in by IAM roles for service accounts, with a key of its own.

provider "aws" {
  region = "eu-west-1"
}

variable "oidc_provider_arn" {
  description = "The ARN of the cluster's IAM OIDC provider: `oidc_provider_arn` of the module terraform-aws-modules/eks/aws."
  type        = string
}

module "secret_broker" {
  source = "../.."

  namespace      = "wandb"
  create_kms_key = true
  irsa = {
    oidc_provider_arn = var.oidc_provider_arn
    namespace         = "secret-broker"
  }
}

output "environment" {
  description = "For the variable environment of ../../../kubernetes."
  value       = module.secret_broker.environment
}

output "service_account_annotations" {
  description = "For the variable service_account_annotations of ../../../kubernetes."
  value       = module.secret_broker.service_account_annotations
}
