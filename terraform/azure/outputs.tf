output "store_uri" {
  description = "The store URI, for SECRET_BROKER_STORE."
  value       = local.store_uri
}

output "environment" {
  description = "The environment to set for the broker. On AKS the webhook adds what signs it in; on a machine AZURE_CLIENT_ID says which of its identities the broker is."
  value = merge(
    { SECRET_BROKER_STORE = local.store_uri },
    { for identity in azurerm_user_assigned_identity.broker : "AZURE_CLIENT_ID" => identity.client_id if var.aks == null },
  )
}

output "service_account_annotations" {
  description = "Annotations of the broker's service account in Kubernetes."
  value       = { for identity in azurerm_user_assigned_identity.broker : "azure.workload.identity/client-id" => identity.client_id if var.aks != null }
}

output "pod_labels" {
  description = "Labels of the broker's pod: without this one AKS does not sign it in."
  value       = var.aks == null ? {} : { "azure.workload.identity/use" = "true" }
}

output "identity_id" {
  description = "The managed identity, to be assigned to the machine that the broker runs on. Null with principal_id."
  value       = one(azurerm_user_assigned_identity.broker[*].id)
}

output "vault_id" {
  description = "The vault, for diagnostic settings and private endpoints."
  value       = azurerm_key_vault.values.id
}
