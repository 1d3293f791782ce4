output "store_uri" {
  description = "The store URI, for SECRET_BROKER_STORE."
  value       = local.store_uri
  depends_on  = [google_kms_crypto_key_iam_member.created, google_kms_crypto_key_iam_member.existing]

  precondition {
    condition     = var.location == null || length(var.replicas) == 0
    error_message = "Set location or replicas, not both: regional secrets are in one location."
  }
}

output "environment" {
  description = "The environment to set for the broker. On GKE and on machines of Google the metadata server signs it in."
  value       = { SECRET_BROKER_STORE = local.store_uri }
}

output "service_account_annotations" {
  description = "Annotations of the broker's service account in Kubernetes."
  value       = var.gke == null ? {} : { "iam.gke.io/gcp-service-account" = local.email }
}

output "service_account_email" {
  description = "The Google service account that the broker is."
  value       = local.email
}

output "kms_keys" {
  description = "The customer-managed keys of the values. Empty: Google's own."
  value       = local.keys
}
