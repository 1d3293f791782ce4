variable "project_id" {
  description = "The project that holds the values."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be the id of a project, such as acme-wandb."
  }
}

variable "namespace" {
  description = "What the name of every secret of the broker begins with, followed by a hyphen. It cannot be changed later: a store with another namespace is another store."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,60}$", var.namespace))
    error_message = "namespace must be 1 to 60 letters, digits, hyphens and underscores: without one the grant could not be narrowed to the broker's own secrets."
  }
}

variable "location" {
  description = "Keeps the values in this location alone, behind an address of its own (regional secrets). Null: global secrets. It cannot be changed for secrets that exist."
  type        = string
  default     = null

  validation {
    condition     = var.location == null || can(regex("^[a-z]+(-[a-z]+[0-9]+)?$", var.location))
    error_message = "location must be the name of a location, such as europe-west4."
  }
}

variable "replicas" {
  description = "Keeps global secrets in these locations. Empty: Google chooses."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for location in var.replicas : can(regex("^[a-z]+-[a-z]+[0-9]+$", location))]) && length(distinct(var.replicas)) == length(var.replicas)
    error_message = "replicas must be names of locations, such as europe-west4, each once."
  }
}

variable "kms_keys" {
  description = "Existing customer-managed keys for new secrets, projects/P/locations/L/keyRings/R/cryptoKeys/K: one in global, or in location, or in each location of replicas. Empty: Google's own, unless create_kms_keys is true."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for key in var.kms_keys : can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", key))])
    error_message = "kms_keys must be names of keys, projects/P/locations/L/keyRings/R/cryptoKeys/K, without a version."
  }
}

variable "create_kms_keys" {
  description = "Make a customer-managed key where the values are, rotated every 90 days. Google never deletes a key ring: a second start with the same namespace has to import it."
  type        = bool
  default     = false
  nullable    = false
}

variable "adopted_secrets" {
  description = "Ids of secrets of somebody else's that the broker takes into its catalog (`secret adopt`): to be read, and nothing else. They are where the store's own are: global, or in location."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for secret in var.adopted_secrets : can(regex("^[A-Za-z0-9_-]{1,255}$", secret))])
    error_message = "adopted_secrets must be ids of secrets, without the project."
  }
}

variable "gke" {
  description = "The broker's service account on GKE, by workload identity: the project of the cluster's workload pool (null: project_id), and the namespace and name of the service account."
  type = object({
    pool_project_id = optional(string)
    namespace       = string
    service_account = optional(string, "secret-broker")
  })
  default = null

  validation {
    condition     = var.gke == null || can([for name in [var.gke.namespace, var.gke.service_account] : regex("^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", name)])
    error_message = "gke.namespace and gke.service_account must be names of Kubernetes."
  }
}

variable "service_account_email" {
  description = "An existing Google service account that the broker is. Null: one is made."
  type        = string
  default     = null

  validation {
    condition     = var.service_account_email == null || can(regex("^[^@ ]+@[a-z0-9.-]+\\.gserviceaccount\\.com$", var.service_account_email))
    error_message = "service_account_email must be the address of a service account, NAME@PROJECT.iam.gserviceaccount.com."
  }
}

variable "service_account_id" {
  description = "The id of the service account that is made."
  type        = string
  default     = "secret-broker"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.service_account_id))
    error_message = "service_account_id must be 6 to 30 lower-case letters, digits and hyphens, beginning with a letter."
  }
}

variable "enable_api" {
  description = "Turn the Secret Manager API on in the project. It stays on when the module goes."
  type        = bool
  default     = true
  nullable    = false
}
