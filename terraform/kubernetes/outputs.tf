output "url" {
  description = "Where pods of client_namespaces reach the broker. The certificate must be for this name, or for that of SECRET_BROKER_URL."
  value       = "${local.has_tls ? "https" : "http"}://${kubernetes_service_v1.broker.metadata[0].name}.${local.namespace}.svc"
}

output "store_uri" {
  description = "The store URI that the broker was given."
  value       = try(local.environment.SECRET_BROKER_STORE, local.environment.GORILLA_CUSTOMER_SECRET_STORE_SOURCE)
}

output "environment" {
  description = "The environment of the broker, without what comes from Secrets."
  value       = local.environment
}

output "service_account" {
  description = "Whom the store must trust: system:serviceaccount:NAMESPACE:NAME."
  value       = "system:serviceaccount:${local.namespace}:${kubernetes_service_account_v1.broker.metadata[0].name}"
}

output "shell" {
  description = "The operator's shell: what to put before `check`, `token create`, `reconcile` and the rest."
  value       = "kubectl --namespace ${local.namespace} exec --stdin --tty deployment/${kubernetes_deployment_v1.broker.metadata[0].name} -- secret-broker"
}
