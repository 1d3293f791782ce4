variable "resource_group_name" {
  description = "The resource group for the vault, the role and the identity."
  type        = string
  nullable    = false
}

variable "location" {
  description = "Where the vault is. Null: where the resource group is."
  type        = string
  default     = null
}

variable "vault_name" {
  description = "The name of the vault that is made for the broker alone. It must be free in all of Azure."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]$", var.vault_name)) && !strcontains(var.vault_name, "--")
    error_message = "vault_name must be 3 to 24 letters, digits and single hyphens, beginning with a letter."
  }
}

variable "namespace" {
  description = "What the name of every secret of the broker begins with, followed by a hyphen, in lower case. It cannot be changed later: a store with another namespace is another store."
  type        = string
  default     = "wandb"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9-]{1,60}$", var.namespace))
    error_message = "namespace must be 1 to 60 lower-case letters, digits and hyphens."
  }
}

variable "purge_protection" {
  description = "Whether nobody can purge, the owner of the subscription included: a rotated or deleted value then stays in the vault for retention_days. It cannot be switched off again."
  type        = bool
  default     = false
  nullable    = false
}

variable "retention_days" {
  description = "How long the vault keeps what is deleted and not purged. It cannot be changed later."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = var.retention_days >= 7 && var.retention_days <= 90 && floor(var.retention_days) == var.retention_days
    error_message = "retention_days must be a whole number from 7 to 90."
  }
}

variable "network" {
  description = "From where the vault may be reached: addresses or CIDR ranges, and ids of subnets. Null: from everywhere, with a token."
  type = object({
    ip_rules   = optional(list(string), [])
    subnet_ids = optional(list(string), [])
  })
  default = null
}

variable "aks" {
  description = "The broker's service account on AKS, by workload identity: the cluster's OIDC issuer, and the namespace and name of the service account."
  type = object({
    oidc_issuer_url = string
    namespace       = string
    service_account = optional(string, "secret-broker")
  })
  default = null

  validation {
    condition     = var.aks == null || can(regex("^https://", var.aks.oidc_issuer_url))
    error_message = "aks.oidc_issuer_url must be the cluster's oidc_issuer_url: https://..."
  }

  validation {
    condition     = var.aks == null || can([for name in [var.aks.namespace, var.aks.service_account] : regex("^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", name)])
    error_message = "aks.namespace and aks.service_account must be names of Kubernetes."
  }
}

variable "principal_id" {
  description = "The object id of an existing service principal that the broker is. Null: a managed identity is made."
  type        = string
  default     = null

  validation {
    condition     = var.principal_id == null || can(regex("^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", var.principal_id))
    error_message = "principal_id must be an object id, which is a UUID: of the service principal, not of the application."
  }
}

variable "tags" {
  description = "Tags of what the module makes."
  type        = map(string)
  default     = {}
  nullable    = false
}
