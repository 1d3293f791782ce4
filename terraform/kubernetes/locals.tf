# What follows from the variables alone.

locals {
  selector = { "app.kubernetes.io/name" = "secret-broker", "app.kubernetes.io/instance" = var.name }
  labels   = merge(var.labels, local.selector, { "app.kubernetes.io/managed-by" = "terraform" })
  port     = 8480
  catalog  = "/var/lib/secret-broker"
  has_tls  = var.tls_secret_name != null
  scheme   = local.has_tls ? "HTTPS" : "HTTP"

  # An added capability is more than the restricted and the baseline standard allow.
  pod_security = var.lock_memory ? "privileged" : "restricted"

  in_kubernetes = var.kubernetes_store != null

  # Several brokers may share a database, and never a file.
  in_postgresql         = var.catalog_url_secret != null
  is_shareable          = var.replicas == 1 || local.in_postgresql
  is_database_reachable = !local.in_postgresql || length(concat(var.catalog_destination.cidrs, var.catalog_destination.namespaces)) > 0
  # Where it is mounted.
  catalog_ca = "/etc/secret-broker/catalog-ca"

  # Without what comes from Secrets: the URL of PostgreSQL may have a password in it.
  environment = merge(
    var.environment,
    { SECRET_BROKER_LISTEN = "0.0.0.0:${local.port}" },
    local.in_postgresql ? {} : { SECRET_BROKER_CATALOG = "sqlite://${local.catalog}/catalog.db" },
    { for bundle in var.catalog_ca_configmap[*] : "PGSSLROOTCERT" => "${local.catalog_ca}/${bundle.key}" },
    local.has_tls ? {
      SECRET_BROKER_TLS_CERT = "/etc/secret-broker/tls/tls.crt"
      SECRET_BROKER_TLS_KEY  = "/etc/secret-broker/tls/tls.key"
    } : { SECRET_BROKER_INSECURE_LISTEN = "true" },
    { for store in var.kubernetes_store[*] : store.setting => "k8s-secretmanager://${store.prefix}?namespace=${store.namespace}" },
  )

  default_stores = ["SECRET_BROKER_STORE", "GORILLA_CUSTOMER_SECRET_STORE_SOURCE"]
  is_default     = try(var.kubernetes_store.setting, "") == "SECRET_BROKER_STORE"
  has_one_store  = local.is_default != anytrue([for setting in local.default_stores : contains(keys(var.environment), setting)])
  # Pods of a namespace can mount its Secrets.
  is_apart = try(var.kubernetes_store.namespace, null) != var.namespace

  # By the documentation of each cloud.
  metadata_services = {
    none             = []
    eks_pod_identity = [{ cidr = "169.254.170.23/32", port = 80 }, { cidr = "fd00:ec2::23/128", port = 80 }]
    gke              = [{ cidr = "169.254.169.252/32", port = 988 }, { cidr = "169.254.169.254/32", port = 80 }]
    instance         = [{ cidr = "169.254.169.254/32", port = 80 }, { cidr = "fd00:ec2::254/128", port = 80 }]
  }
  metadata_service = local.metadata_services[var.metadata_service]
}
