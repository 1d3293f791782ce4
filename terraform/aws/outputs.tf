output "store_uri" {
  description = "The store URI, for SECRET_BROKER_STORE."
  value       = local.store_uri
}

output "environment" {
  description = "The environment to set for the broker. EKS adds what signs it in."
  value       = { SECRET_BROKER_STORE = local.store_uri }
}

output "service_account_annotations" {
  description = "Annotations of the broker's service account. Empty with Pod Identity, which needs none."
  value       = var.irsa == null ? {} : { "eks.amazonaws.com/role-arn" = aws_iam_role.broker[0].arn }
}

output "role_arn" {
  description = "The broker's role. Null where nobody was named to take it on: attach the policy to a role of your own."
  value       = one(aws_iam_role.broker[*].arn)
}

output "policy_arn" {
  description = "The policy with all that the broker may do."
  value       = aws_iam_policy.broker.arn
}

output "policy_json" {
  description = "The same policy, to be read."
  value       = aws_iam_policy.broker.policy
}

output "kms_key_arn" {
  description = "The customer-managed key of the values. Null: AWS's own."
  value       = local.key_arn
}
