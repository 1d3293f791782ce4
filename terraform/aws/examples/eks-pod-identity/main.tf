# A broker on EKS that signs in by Pod Identity.

provider "aws" {
  region = "eu-west-1"
}

variable "cluster_name" {
  description = "The name of the EKS cluster."
  type        = string
}

module "secret_broker" {
  source = "../.."

  namespace = "wandb"
  pod_identity = {
    cluster_name = var.cluster_name
    namespace    = "secret-broker"
  }
}

output "environment" {
  description = "For the variable environment of ../../../kubernetes."
  value       = module.secret_broker.environment
}
