locals {
  namespace = var.create_namespace ? kubernetes_namespace_v1.broker[0].metadata[0].name : var.namespace
}

check "kubernetes_store_not_recommended" {
  assert {
    condition     = !local.in_kubernetes
    error_message = "The values are to be kept in Kubernetes Secrets, which are no secret manager: whoever may read Secrets or create pods in the namespace ${try(var.kubernetes_store.namespace, "")}, or reach etcd or its backups, which are not encrypted by default, has every value. Use terraform/aws, terraform/google or terraform/azure, and leave with `secret-broker migrate`."
  }
}

check "tls" {
  assert {
    condition     = local.has_tls
    error_message = "The broker is to listen without TLS: values cross the cluster's network as they are, unless a mesh encrypts them. Set tls_secret_name."
  }
}

resource "kubernetes_namespace_v1" "broker" {
  count = var.create_namespace ? 1 : 0

  metadata {
    name = var.namespace
    labels = merge(local.labels, {
      "pod-security.kubernetes.io/enforce" = local.pod_security
      "pod-security.kubernetes.io/warn"    = local.pod_security
    })
  }
}

resource "kubernetes_service_account_v1" "broker" {
  metadata {
    name        = var.name
    namespace   = local.namespace
    labels      = local.labels
    annotations = var.service_account_annotations
  }

  # A token of the cluster is for the store in Kubernetes alone. Those of IRSA, Pod Identity and AKS come by themselves.
  automount_service_account_token = false
}

# The catalog in SQLite: who has which secret, under which reference. Without it no value can be found again.
resource "kubernetes_persistent_volume_claim_v1" "catalog" {
  count = local.in_postgresql ? 0 : 1

  metadata {
    name      = "${var.name}-catalog"
    namespace = local.namespace
    labels    = local.labels
  }

  spec {
    access_modes       = ["ReadWriteOnce"]
    storage_class_name = var.storage_class

    resources {
      requests = { storage = var.storage_size }
    }
  }

  # Many classes make the volume only once a pod wants it.
  wait_until_bound = false

  lifecycle {
    prevent_destroy = true
  }
}

resource "kubernetes_deployment_v1" "broker" {
  metadata {
    name      = var.name
    namespace = local.namespace
    labels    = local.labels
  }

  spec {
    replicas = var.replicas

    # In SQLite there are never two, not for a moment: the catalog is one file.
    strategy {
      type = local.in_postgresql ? "RollingUpdate" : "Recreate"

      dynamic "rolling_update" {
        for_each = local.in_postgresql ? [1] : []

        content {
          max_surge       = "1"
          max_unavailable = "0"
        }
      }
    }

    selector {
      match_labels = local.selector
    }

    template {
      metadata {
        labels = merge(var.pod_labels, local.labels)
      }

      spec {
        service_account_name             = kubernetes_service_account_v1.broker.metadata[0].name
        automount_service_account_token  = local.in_kubernetes
        enable_service_links             = false
        termination_grace_period_seconds = 60

        security_context {
          run_as_non_root        = true
          run_as_user            = var.user_id
          run_as_group           = var.user_id
          fs_group               = var.user_id
          fs_group_change_policy = "OnRootMismatch"

          seccomp_profile {
            type = "RuntimeDefault"
          }
        }

        # A wish: where there are fewer nodes than brokers, they share.
        dynamic "topology_spread_constraint" {
          for_each = var.replicas > 1 ? ["kubernetes.io/hostname", "topology.kubernetes.io/zone"] : []

          content {
            max_skew           = 1
            topology_key       = topology_spread_constraint.value
            when_unsatisfiable = "ScheduleAnyway"

            label_selector {
              match_labels = local.selector
            }
          }
        }

        dynamic "image_pull_secrets" {
          for_each = var.image_pull_secrets

          content {
            name = image_pull_secrets.value
          }
        }

        container {
          name  = "secret-broker"
          image = var.image
          args  = ["serve"]

          dynamic "env" {
            for_each = local.environment

            content {
              name  = env.key
              value = env.value
            }
          }

          dynamic "env" {
            for_each = var.catalog_url_secret[*]

            content {
              name = "SECRET_BROKER_CATALOG"

              value_from {
                secret_key_ref {
                  name = env.value.name
                  key  = env.value.key
                }
              }
            }
          }

          port {
            name           = "api"
            container_port = local.port
          }

          security_context {
            # A capability of the binary's file counts only where privileges may be gained.
            allow_privilege_escalation = var.lock_memory
            privileged                 = false
            read_only_root_filesystem  = true
            run_as_non_root            = true

            capabilities {
              drop = ["ALL"]
              add  = var.lock_memory ? ["IPC_LOCK"] : []
            }
          }

          resources {
            requests = { cpu = var.resources.cpu, memory = var.resources.memory }
            limits   = { memory = var.resources.memory_limit }
          }

          startup_probe {
            period_seconds    = 2
            failure_threshold = 60

            http_get {
              path   = "/healthz"
              port   = "api"
              scheme = local.scheme
            }
          }

          liveness_probe {
            period_seconds    = 10
            timeout_seconds   = 5
            failure_threshold = 6

            http_get {
              path   = "/healthz"
              port   = "api"
              scheme = local.scheme
            }
          }

          readiness_probe {
            period_seconds    = 5
            timeout_seconds   = 5
            failure_threshold = 2

            http_get {
              path   = "/readyz"
              port   = "api"
              scheme = local.scheme
            }
          }

          dynamic "volume_mount" {
            for_each = kubernetes_persistent_volume_claim_v1.catalog

            content {
              name       = "catalog"
              mount_path = local.catalog
            }
          }

          dynamic "volume_mount" {
            for_each = var.catalog_ca_configmap[*]

            content {
              name       = "catalog-ca"
              mount_path = local.catalog_ca
              read_only  = true
            }
          }

          volume_mount {
            name       = "tmp"
            mount_path = "/tmp"
          }

          dynamic "volume_mount" {
            for_each = var.tls_secret_name[*]

            content {
              name       = "tls"
              mount_path = "/etc/secret-broker/tls"
              read_only  = true
            }
          }
        }

        dynamic "volume" {
          for_each = kubernetes_persistent_volume_claim_v1.catalog

          content {
            name = "catalog"

            persistent_volume_claim {
              claim_name = volume.value.metadata[0].name
            }
          }
        }

        dynamic "volume" {
          for_each = var.catalog_ca_configmap[*]

          content {
            name = "catalog-ca"

            config_map {
              name = volume.value.name
            }
          }
        }

        volume {
          name = "tmp"

          empty_dir {
            medium     = "Memory"
            size_limit = "64Mi"
          }
        }

        dynamic "volume" {
          for_each = var.tls_secret_name[*]

          content {
            name = "tls"

            secret {
              secret_name  = volume.value
              default_mode = "0440"
            }
          }
        }
      }
    }
  }

  lifecycle {
    precondition {
      condition     = local.is_shareable
      error_message = "replicas above 1 need catalog_url_secret: without it the catalog is one SQLite file on one volume, and exactly one broker may use it."
    }
    precondition {
      condition     = local.is_database_reachable
      error_message = "With catalog_url_secret the broker must reach the database: set cidrs or namespaces of catalog_destination."
    }
    precondition {
      condition     = local.has_one_store
      error_message = "Set the default store in environment (SECRET_BROKER_STORE) or by kubernetes_store: one of them, and not both."
    }
    precondition {
      condition     = local.is_apart
      error_message = "kubernetes_store.namespace must be another than namespace: pods of a namespace can mount its Secrets, so the values are kept in one in which nothing runs."
    }
    precondition {
      condition     = !local.in_kubernetes || length(var.kubernetes_api_cidrs) > 0
      error_message = "With kubernetes_store the broker must reach the API server: set kubernetes_api_cidrs."
    }
  }
}

resource "kubernetes_service_v1" "broker" {
  metadata {
    name      = var.name
    namespace = local.namespace
    labels    = local.labels
  }

  spec {
    type     = "ClusterIP"
    selector = local.selector

    port {
      name        = "api"
      port        = local.has_tls ? 443 : 80
      target_port = "api"
    }
  }
}

resource "kubernetes_network_policy_v1" "broker" {
  metadata {
    name      = var.name
    namespace = local.namespace
    labels    = local.labels
  }

  spec {
    policy_types = ["Ingress", "Egress"]

    pod_selector {
      match_labels = local.selector
    }

    ingress {
      ports {
        port     = local.port
        protocol = "TCP"
      }

      dynamic "from" {
        for_each = var.client_namespaces

        content {
          namespace_selector {
            match_labels = { "kubernetes.io/metadata.name" = from.value }
          }
        }
      }
    }

    # Names. Where the resolver is differs from cluster to cluster.
    egress {
      ports {
        port     = 53
        protocol = "UDP"
      }
      ports {
        port     = 53
        protocol = "TCP"
      }
    }

    # The clouds and the webhooks. What is private is named, and the metadata service has a rule of its own.
    egress {
      ports {
        port     = 443
        protocol = "TCP"
      }

      to {
        ip_block {
          cidr   = "0.0.0.0/0"
          except = ["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"]
        }
      }
      to {
        ip_block {
          cidr   = "::/0"
          except = ["fc00::/7", "fe80::/10"]
        }
      }
    }

    dynamic "egress" {
      for_each = local.metadata_service

      content {
        ports {
          port     = egress.value.port
          protocol = "TCP"
        }

        to {
          ip_block {
            cidr = egress.value.cidr
          }
        }
      }
    }

    dynamic "egress" {
      for_each = var.destinations

      content {
        dynamic "ports" {
          for_each = egress.value.ports

          content {
            port     = ports.value
            protocol = "TCP"
          }
        }

        to {
          ip_block {
            cidr = egress.value.cidr
          }
        }
      }
    }

    dynamic "egress" {
      for_each = var.catalog_destination.cidrs

      content {
        ports {
          port     = var.catalog_destination.port
          protocol = "TCP"
        }

        to {
          ip_block {
            cidr = egress.value
          }
        }
      }
    }

    dynamic "egress" {
      for_each = var.catalog_destination.namespaces

      content {
        ports {
          port     = var.catalog_destination.port
          protocol = "TCP"
        }

        to {
          namespace_selector {
            match_labels = { "kubernetes.io/metadata.name" = egress.value }
          }
        }
      }
    }

    # The API server, by its own port: policies see the address behind the Service.
    dynamic "egress" {
      for_each = local.in_kubernetes ? var.kubernetes_api_cidrs : []

      content {
        ports {
          port     = 443
          protocol = "TCP"
        }
        ports {
          port     = 6443
          protocol = "TCP"
        }

        to {
          ip_block {
            cidr = egress.value
          }
        }
      }
    }
  }
}

resource "kubernetes_pod_disruption_budget_v1" "broker" {
  metadata {
    name      = var.name
    namespace = local.namespace
    labels    = local.labels
  }

  spec {
    # One at a time, so that all others stay.
    max_unavailable = var.allow_eviction ? "1" : "0"

    selector {
      match_labels = local.selector
    }
  }
}

# The store in Kubernetes: a namespace in which nothing runs, and a Role that cannot list.
resource "kubernetes_namespace_v1" "values" {
  count = local.in_kubernetes ? 1 : 0

  metadata {
    name   = var.kubernetes_store.namespace
    labels = merge(local.labels, { "pod-security.kubernetes.io/enforce" = "restricted" })
  }

  lifecycle {
    # With it goes every value.
    prevent_destroy = true
  }
}

resource "kubernetes_resource_quota_v1" "values" {
  count = local.in_kubernetes ? 1 : 0

  metadata {
    name      = "no-pods"
    namespace = kubernetes_namespace_v1.values[0].metadata[0].name
    labels    = local.labels
  }

  spec {
    # A pod could mount every value.
    hard = { pods = "0" }
  }
}

resource "kubernetes_role_v1" "values" {
  count = local.in_kubernetes ? 1 : 0

  metadata {
    name      = var.name
    namespace = kubernetes_namespace_v1.values[0].metadata[0].name
    labels    = local.labels
  }

  rule {
    api_groups = [""]
    resources  = ["secrets"]
    verbs      = ["create", "get", "delete"]
  }
}

resource "kubernetes_role_binding_v1" "values" {
  count = local.in_kubernetes ? 1 : 0

  metadata {
    name      = var.name
    namespace = kubernetes_namespace_v1.values[0].metadata[0].name
    labels    = local.labels
  }

  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Role"
    name      = kubernetes_role_v1.values[0].metadata[0].name
  }

  subject {
    kind      = "ServiceAccount"
    name      = kubernetes_service_account_v1.broker.metadata[0].name
    namespace = local.namespace
  }
}
