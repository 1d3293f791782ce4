# A broker on GKE with workload identity; the values stay in two locations, under keys of the project's own.

variable "project_id" {
  description = "The project that holds the values, and the cluster."
  type        = string
}

provider "google" {
  project = var.project_id
}

provider "google-beta" {
  project = var.project_id
}

module "secret_broker" {
  source = "../.."

  project_id      = var.project_id
  namespace       = "wandb"
  replicas        = ["europe-west4", "europe-west1"]
  create_kms_keys = true
  gke             = { namespace = "secret-broker" }
}

output "environment" {
  description = "For the variable environment of ../../../kubernetes."
  value       = module.secret_broker.environment
}

output "service_account_annotations" {
  description = "For the variable service_account_annotations of ../../../kubernetes."
  value       = module.secret_broker.service_account_annotations
}
