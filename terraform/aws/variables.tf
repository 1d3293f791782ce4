variable "namespace" {
  description = "What the name of every secret of the broker begins with, followed by a hyphen. It cannot be changed later: a store with another namespace is another store."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9/_+=.@-]{1,60}$", var.namespace))
    error_message = "namespace must be 1 to 60 letters, digits and /_+=.@- : without one the grant could not be narrowed to the broker's own secrets."
  }
}

variable "region" {
  description = "The region that holds the values. Null: that of the provider."
  type        = string
  default     = null

  validation {
    condition     = var.region == null || can(regex("^[a-z]{2,4}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be the name of a region, such as eu-west-1."
  }
}

variable "name" {
  description = "Of the IAM role and its policy. Null: secret-broker-NAMESPACE."
  type        = string
  default     = null

  validation {
    condition     = var.name == null || can(regex("^[A-Za-z0-9_+=,.@-]{1,64}$", var.name))
    error_message = "name must be 1 to 64 letters, digits and _+=,.@- , as IAM wants it."
  }
}

variable "recovery_days" {
  description = "How long AWS keeps a rotated or deleted value, in which whoever may RestoreSecret can bring it back. Null: it is deleted at once."
  type        = number
  default     = null

  validation {
    condition     = var.recovery_days == null || try(var.recovery_days >= 7 && var.recovery_days <= 30 && floor(var.recovery_days) == var.recovery_days, false)
    error_message = "recovery_days must be a whole number from 7 to 30, or null to delete at once."
  }
}

variable "kms_key_arn" {
  description = "An existing customer-managed key for new versions; its own policy must leave grants to IAM, or name the broker's role. Null: AWS's own key, aws/secretsmanager, unless create_kms_key is true."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key, arn:aws:kms:REGION:ACCOUNT:key/ID: a policy cannot name an alias."
  }
}

variable "create_kms_key" {
  description = "Make a customer-managed key for the values, rotated yearly."
  type        = bool
  default     = false
  nullable    = false
}

variable "adopted_secret_arns" {
  description = "Secrets of somebody else's that the broker takes into its catalog (`secret adopt`), by their whole ARN: to be read, and nothing else."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.adopted_secret_arns : can(regex("^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}$", arn))])
    error_message = "adopted_secret_arns must be whole ARNs of secrets, with the six characters that AWS puts behind a name, and no wildcard."
  }
}

variable "irsa" {
  description = "The broker's service account on EKS, by IAM roles for service accounts (IRSA): the ARN of the cluster's OIDC provider, and the namespace and name of the service account."
  type = object({
    oidc_provider_arn = string
    namespace         = string
    service_account   = optional(string, "secret-broker")
  })
  default = null

  validation {
    condition     = var.irsa == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/.+$", var.irsa.oidc_provider_arn))
    error_message = "irsa.oidc_provider_arn must be the ARN of an IAM OIDC provider, arn:aws:iam::ACCOUNT:oidc-provider/ISSUER."
  }

  validation {
    condition     = var.irsa == null || can([for name in [var.irsa.namespace, var.irsa.service_account] : regex("^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", name)])
    error_message = "irsa.namespace and irsa.service_account must be names of Kubernetes, without a wildcard."
  }
}

variable "pod_identity" {
  description = "The broker's service account on EKS, by EKS Pod Identity: the cluster's name, and the namespace and name of the service account. The cluster needs the add-on eks-pod-identity-agent."
  type = object({
    cluster_name    = string
    namespace       = string
    service_account = optional(string, "secret-broker")
  })
  default = null

  validation {
    condition     = var.pod_identity == null || can([for name in [var.pod_identity.namespace, var.pod_identity.service_account] : regex("^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", name)])
    error_message = "pod_identity.namespace and pod_identity.service_account must be names of Kubernetes, without a wildcard."
  }
}

variable "assume_role" {
  description = "Who else may take on the role, by ARN: for a broker on a machine, or one whose own account is another. With an external id if they are to send one. The store URI then names the role."
  type = object({
    principal_arns = list(string)
    external_id    = optional(string)
  })
  default = null

  validation {
    condition     = var.assume_role == null || try(length(var.assume_role.principal_arns) > 0 && alltrue([for arn in var.assume_role.principal_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/[^*]+$", arn))]), false)
    error_message = "assume_role.principal_arns must be ARNs of roles or users, arn:aws:iam::ACCOUNT:role/NAME, and no wildcard."
  }

  validation {
    condition     = try(var.assume_role.external_id, null) == null || (can(regex("^[A-Za-z0-9_+=,.@:/-]{2,}$", var.assume_role.external_id)) && try(length(var.assume_role.external_id), 0) <= 1224)
    error_message = "assume_role.external_id must be 2 to 1224 letters, digits and _+=,.@:/- ."
  }
}

variable "permissions_boundary" {
  description = "The ARN of the permissions boundary that the account asks of its roles."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of what the module makes. The secrets themselves have none: that would take another permission."
  type        = map(string)
  default     = {}
  nullable    = false
}
