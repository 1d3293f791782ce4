# A broker on AKS with workload identity.

variable "resource_group_name" {
  description = "The resource group for the vault and the identity."
  type        = string
}

variable "vault_name" {
  description = "A name that is free in all of Azure."
  type        = string
}

variable "oidc_issuer_url" {
  description = "The cluster's OIDC issuer: `oidc_issuer_url` of azurerm_kubernetes_cluster."
  type        = string
}

provider "azurerm" {
  resource_providers_to_register = ["Microsoft.KeyVault", "Microsoft.ManagedIdentity"]

  features {
    key_vault {
      # A vault that is destroyed can be recovered for its retention time.
      purge_soft_delete_on_destroy = false
    }
  }
}

module "secret_broker" {
  source = "../.."

  resource_group_name = var.resource_group_name
  vault_name          = var.vault_name
  aks = {
    oidc_issuer_url = var.oidc_issuer_url
    namespace       = "secret-broker"
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

output "pod_labels" {
  description = "For the variable pod_labels of ../../../kubernetes."
  value       = module.secret_broker.pod_labels
}
