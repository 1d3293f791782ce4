# A broker on EKS, with its values in AWS Secrets Manager. terraform/google and terraform/azure have the same outputs.

variable "kube_context" {
  description = "The context of ~/.kube/config."
  type        = string
}

variable "oidc_provider_arn" {
  description = "The ARN of the cluster's IAM OIDC provider."
  type        = string
}

variable "image" {
  description = "The broker's image, with a digest."
  type        = string
}

provider "kubernetes" {
  config_path    = "~/.kube/config"
  config_context = var.kube_context
}

provider "aws" {
  region = "eu-west-1"
}

module "store" {
  source = "../../../aws"

  namespace = "wandb"
  irsa = {
    oidc_provider_arn = var.oidc_provider_arn
    namespace         = "secret-broker"
  }
}

module "secret_broker" {
  source = "../.."

  # It is there before, with the Secret of TLS in it.
  create_namespace = false

  image                       = var.image
  service_account_annotations = module.store.service_account_annotations
  tls_secret_name             = "secret-broker-tls"
  client_namespaces           = ["wandb"]
  environment = merge(module.store.environment, {
    SECRET_BROKER_URL = "https://secret-broker.secret-broker.svc"
  })
}

output "url" {
  description = "Where W&B reaches the broker."
  value       = module.secret_broker.url
}

output "shell" {
  description = "The operator's shell."
  value       = module.secret_broker.shell
}
