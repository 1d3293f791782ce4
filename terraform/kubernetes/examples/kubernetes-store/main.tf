# Discouraged: a broker whose values are in Kubernetes Secrets, where there is no secret manager.

variable "kube_context" {
  description = "The context of ~/.kube/config."
  type        = string
}

variable "image" {
  description = "The broker's image, with a digest."
  type        = string
}

variable "kubernetes_api_cidrs" {
  description = "Where the API server is: `kubectl get endpoints kubernetes`, with /32."
  type        = list(string)
}

provider "kubernetes" {
  config_path    = "~/.kube/config"
  config_context = var.kube_context
}

module "secret_broker" {
  source = "../.."

  # It is there before, with the Secret of TLS in it.
  create_namespace = false

  image                = var.image
  tls_secret_name      = "secret-broker-tls"
  client_namespaces    = ["wandb"]
  kubernetes_store     = { namespace = "wandb-secrets" }
  kubernetes_api_cidrs = var.kubernetes_api_cidrs
}

output "url" {
  description = "Where W&B reaches the broker."
  value       = module.secret_broker.url
}

output "shell" {
  description = "The operator's shell."
  value       = module.secret_broker.shell
}
