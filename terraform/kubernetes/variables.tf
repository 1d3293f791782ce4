variable "namespace" {
  description = "The namespace of Kubernetes that the broker runs in."
  type        = string
  default     = "secret-broker"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.namespace))
    error_message = "namespace must be the name of a namespace: 1 to 63 lower-case letters, digits and hyphens."
  }
}

variable "create_namespace" {
  description = "Make the namespace, under the restricted Pod Security Standard. False: it is there."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "Of the Deployment, the Service, the ServiceAccount and the rest. What grants name, name the ServiceAccount by it."
  type        = string
  default     = "secret-broker"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$", var.name))
    error_message = "name must be 1 to 40 lower-case letters, digits and hyphens, beginning with a letter."
  }
}

variable "image" {
  description = "The broker's image, with a digest or a tag."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("(@sha256:[0-9a-f]{64}|:[A-Za-z0-9_][A-Za-z0-9_.-]*)$", var.image)) && !endswith(var.image, ":latest")
    error_message = "image must end with a digest or a tag, and not with :latest: what runs must be what was chosen."
  }
}

variable "image_pull_secrets" {
  description = "Names of Secrets in the namespace that pull the image."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "environment" {
  description = "The broker's settings: the output environment of the module that made the store, and more, such as SECRET_BROKER_URL and SECRET_BROKER_RELAY_ALLOW. Nothing in it is secret: it is in Terraform's state."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for variable in keys(var.environment) : can(regex("^[A-Z][A-Z0-9_]*$", variable))])
    error_message = "environment must have names of variables as its keys, such as SECRET_BROKER_STORE."
  }

  validation {
    condition = length(setintersection(keys(var.environment), [
      "SECRET_BROKER_CATALOG", "SECRET_BROKER_LISTEN", "SECRET_BROKER_TLS_CERT", "SECRET_BROKER_TLS_KEY", "SECRET_BROKER_INSECURE_LISTEN",
    ])) == 0
    error_message = "The module sets the catalog, the address and TLS itself: take SECRET_BROKER_CATALOG, SECRET_BROKER_LISTEN, SECRET_BROKER_TLS_CERT, SECRET_BROKER_TLS_KEY and SECRET_BROKER_INSECURE_LISTEN out of environment."
  }

  validation {
    condition     = length(setintersection(keys(var.environment), ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AZURE_CLIENT_SECRET", "PGPASSWORD", "SECRET_BROKER_TOKEN"])) == 0
    error_message = "environment must hold no credential, since Terraform keeps it in its state: use workload identity, and for a database catalog_url_secret."
  }
}

variable "service_account_annotations" {
  description = "The output of the same name of the module that made the store."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "pod_labels" {
  description = "The output of the same name of the module that made the store: AKS wants one."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "kubernetes_store" {
  description = "Discouraged: keep the values in Secrets of this namespace of Kubernetes, which is made for them alone. prefix is what their names begin with; setting is SECRET_BROKER_STORE_OLD, for example, once another store is the default one. Null: the store is in environment."
  type = object({
    namespace = optional(string, "secret-broker-values")
    prefix    = optional(string, "wandb")
    setting   = optional(string, "SECRET_BROKER_STORE")
  })
  default = null

  validation {
    condition     = var.kubernetes_store == null || can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.kubernetes_store.namespace))
    error_message = "kubernetes_store.namespace must be the name of a namespace."
  }

  validation {
    condition     = var.kubernetes_store == null || can(regex("^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$", var.kubernetes_store.prefix))
    error_message = "kubernetes_store.prefix must be 1 to 60 lower-case letters, digits and hyphens."
  }

  validation {
    condition     = var.kubernetes_store == null || can(regex("^SECRET_BROKER_STORE(_[A-Z0-9_]+)?$", var.kubernetes_store.setting))
    error_message = "kubernetes_store.setting must be SECRET_BROKER_STORE or SECRET_BROKER_STORE_NAME."
  }
}

variable "kubernetes_api_cidrs" {
  description = "Where the API server is, for the network policy, if the store is in Kubernetes: `kubectl get endpoints kubernetes`, with /32."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for range in var.kubernetes_api_cidrs : can(cidrhost(range, 0))])
    error_message = "kubernetes_api_cidrs must be CIDR ranges, such as 10.0.0.1/32."
  }
}

variable "tls_secret_name" {
  description = "A Secret of the type kubernetes.io/tls in the namespace, with tls.crt and tls.key for the name that W&B reaches the broker by. Null: no TLS, since a mesh or a sidecar does it; values then cross the cluster's network as they are."
  type        = string
  nullable    = true
}

variable "client_namespaces" {
  description = "The namespaces whose pods may reach the broker: W&B's, and those of automations. Nobody else can."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.client_namespaces) > 0
    error_message = "client_namespaces must name at least one namespace: W&B's."
  }
}

variable "metadata_service" {
  description = "What signs the broker in from inside the cluster, to be let through the network policy: none (IRSA, AKS), eks_pod_identity, gke, or instance (the node's own role)."
  type        = string
  default     = "none"
  nullable    = false

  validation {
    condition     = contains(["none", "eks_pod_identity", "gke", "instance"], var.metadata_service)
    error_message = "metadata_service must be none, eks_pod_identity, gke or instance."
  }
}

variable "destinations" {
  description = "Private addresses that the broker may reach, with their ports: webhooks inside the network, a proxy, a private endpoint; and public ones at another port than 443. The relay wants them in SECRET_BROKER_RELAY_ALLOW too."
  type = list(object({
    cidr  = string
    ports = optional(list(number), [443])
  }))
  default  = []
  nullable = false

  validation {
    condition     = alltrue([for destination in var.destinations : can(cidrhost(destination.cidr, 0))])
    error_message = "destinations must have CIDR ranges, such as 10.1.2.0/24."
  }
}

variable "replicas" {
  description = "How many brokers run. More than one need catalog_url_secret: exactly one may use a catalog in SQLite."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.replicas >= 1 && var.replicas <= 20 && floor(var.replicas) == var.replicas
    error_message = "replicas must be a whole number from 1 to 20."
  }
}

variable "catalog_url_secret" {
  description = "The Secret in the namespace, and its key, that holds the URL of the catalog in PostgreSQL: postgres://user:password@host1,host2/database. Null: the catalog is in SQLite, on a volume."
  type = object({
    name = string
    key  = optional(string, "url")
  })
  default = null

  validation {
    condition     = var.catalog_url_secret == null || can(regex("^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$", var.catalog_url_secret.name))
    error_message = "catalog_url_secret.name must be the name of a Secret, and not the URL itself."
  }

  validation {
    condition     = var.catalog_url_secret == null || can(regex("^[A-Za-z0-9._-]{1,253}$", var.catalog_url_secret.key))
    error_message = "catalog_url_secret.key must be the key in the Secret, such as url."
  }
}

variable "catalog_ca_configmap" {
  description = "The ConfigMap in the namespace, and its key, that holds the certificates, in PEM, by which the database is trusted. An sslrootcert in the URL counts more. Null: the URL has one."
  type = object({
    name = string
    key  = optional(string, "ca.crt")
  })
  default = null

  validation {
    condition     = var.catalog_ca_configmap == null || can(regex("^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$", var.catalog_ca_configmap.name))
    error_message = "catalog_ca_configmap.name must be the name of a ConfigMap."
  }

  validation {
    condition     = var.catalog_ca_configmap == null || can(regex("^[A-Za-z0-9._-]{1,253}$", var.catalog_ca_configmap.key))
    error_message = "catalog_ca_configmap.key must be the key in the ConfigMap, such as ca.crt."
  }
}

variable "catalog_destination" {
  description = "Where the database of catalog_url_secret is, for the network policy: addresses, or the namespaces whose pods it is. All servers of it, since which one can be written changes."
  type = object({
    cidrs      = optional(list(string), [])
    namespaces = optional(list(string), [])
    port       = optional(number, 5432)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for range in var.catalog_destination.cidrs : can(cidrhost(range, 0))])
    error_message = "catalog_destination.cidrs must be CIDR ranges, such as 10.1.2.0/24."
  }

  validation {
    condition     = var.catalog_destination.port >= 1 && var.catalog_destination.port <= 65535 && floor(var.catalog_destination.port) == var.catalog_destination.port
    error_message = "catalog_destination.port must be a port, such as 5432."
  }
}

variable "storage_class" {
  description = "The StorageClass of the catalog's volume, if it is in SQLite. It must be a disk: SQLite on a network file system loses data. Null: the cluster's default."
  type        = string
  default     = null
}

variable "storage_size" {
  description = "How large the catalog's volume is, if it is in SQLite. The audit log is most of it, and grows until it is pruned."
  type        = string
  default     = "10Gi"
  nullable    = false

  validation {
    condition     = can(regex("^[1-9][0-9]*(Mi|Gi|Ti)$", var.storage_size))
    error_message = "storage_size must be a size such as 10Gi."
  }
}

variable "resources" {
  description = "What the broker asks for and is held to."
  type = object({
    cpu          = optional(string, "250m")
    memory       = optional(string, "256Mi")
    memory_limit = optional(string, "512Mi")
  })
  default  = {}
  nullable = false
}

variable "lock_memory" {
  description = "Keep values out of swap by locking the broker's memory. Nodes without swap, which is Kubernetes' default, need it not. It adds the capability IPC_LOCK, wants an image whose binary has it (setcap cap_ipc_lock+ep), and a namespace that is not under the restricted standard."
  type        = bool
  default     = false
  nullable    = false
}

variable "user_id" {
  description = "The user and group that the broker runs as."
  type        = number
  default     = 65532
  nullable    = false

  validation {
    condition     = var.user_id >= 1000
    error_message = "user_id must be 1000 or more: not root, and no user of the node's system."
  }
}

variable "allow_eviction" {
  description = "Whether a drain of a node may move the brokers, one at a time: a single one is away for some seconds then. False: the drain waits until somebody moves it by hand."
  type        = bool
  default     = true
  nullable    = false
}

variable "labels" {
  description = "Labels of everything that the module makes."
  type        = map(string)
  default     = {}
  nullable    = false
}
