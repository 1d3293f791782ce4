# Three brokers on EKS that share a catalog in PostgreSQL, with their values in AWS Secrets Manager.

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

variable "database_cidrs" {
  description = "The subnets of the database, with those of its standby servers."
  type        = list(string)
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

  # It is there before, with the Secrets of TLS and of the database's URL in it, and the ConfigMap of its certificates.
  create_namespace = false

  image                       = var.image
  replicas                    = 3
  catalog_url_secret          = { name = "secret-broker-catalog" }
  catalog_ca_configmap        = { name = "secret-broker-catalog-ca" }
  catalog_destination         = { cidrs = var.database_cidrs }
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
