# What the variables take and what follows from them alone: no provider is needed for it.

variables {
  image             = "registry.example/secret-broker:1.0.0"
  tls_secret_name   = "secret-broker-tls"
  client_namespaces = ["wandb"]
  environment       = { SECRET_BROKER_STORE = "aws-secretmanager://wandb?namespace=wandb&region=eu-west-1" }
}

run "a_store_of_a_cloud" {
  command = plan
  assert {
    condition = jsonencode(local.environment) == jsonencode({
      SECRET_BROKER_CATALOG  = "sqlite:///var/lib/secret-broker/catalog.db"
      SECRET_BROKER_LISTEN   = "0.0.0.0:8480"
      SECRET_BROKER_STORE    = "aws-secretmanager://wandb?namespace=wandb&region=eu-west-1"
      SECRET_BROKER_TLS_CERT = "/etc/secret-broker/tls/tls.crt"
      SECRET_BROKER_TLS_KEY  = "/etc/secret-broker/tls/tls.key"
    })
    error_message = "The environment is ${jsonencode(local.environment)}"
  }
  assert {
    condition     = local.has_one_store && !local.in_kubernetes && local.pod_security == "restricted" && local.scheme == "HTTPS"
    error_message = "The store is not taken for one of a cloud."
  }
}

run "a_store_in_kubernetes" {
  command = plan
  variables {
    environment          = {}
    kubernetes_store     = { namespace = "wandb-secrets" }
    kubernetes_api_cidrs = ["10.0.0.1/32"]
  }
  assert {
    condition     = local.environment.SECRET_BROKER_STORE == "k8s-secretmanager://wandb?namespace=wandb-secrets" && local.has_one_store && local.is_apart
    error_message = "The environment is ${jsonencode(local.environment)}"
  }
}

run "leaving_kubernetes_two_stores_stand_side_by_side" {
  command = plan
  variables {
    kubernetes_store     = { namespace = "wandb-secrets", setting = "SECRET_BROKER_STORE_OLD" }
    kubernetes_api_cidrs = ["10.0.0.1/32"]
  }
  assert {
    condition     = local.environment.SECRET_BROKER_STORE_OLD == "k8s-secretmanager://wandb?namespace=wandb-secrets" && startswith(local.environment.SECRET_BROKER_STORE, "aws-") && local.has_one_store
    error_message = "The environment is ${jsonencode(local.environment)}"
  }
}

run "two_default_stores_are_told_apart" {
  command = plan
  variables {
    kubernetes_store = {}
  }
  assert {
    condition     = !local.has_one_store
    error_message = "Two default stores are taken for one."
  }
}

run "no_store_at_all_is_told" {
  command = plan
  variables {
    environment = {}
  }
  assert {
    condition     = !local.has_one_store
    error_message = "No store is taken for one."
  }
}

run "values_beside_the_broker_are_told" {
  command = plan
  variables {
    environment      = {}
    kubernetes_store = { namespace = "secret-broker" }
  }
  assert {
    condition     = !local.is_apart
    error_message = "The broker's own namespace is taken for one of the values."
  }
}

run "without_tls_the_setting_says_so" {
  command = plan
  variables {
    tls_secret_name = null
  }
  assert {
    condition     = local.environment.SECRET_BROKER_INSECURE_LISTEN == "true" && !contains(keys(local.environment), "SECRET_BROKER_TLS_CERT") && local.scheme == "HTTP"
    error_message = "The environment is ${jsonencode(local.environment)}"
  }
}

run "pod_identity_has_an_address" {
  command = plan
  variables {
    metadata_service = "eks_pod_identity"
  }
  assert {
    condition     = local.metadata_service[0].cidr == "169.254.170.23/32"
    error_message = "The agent cannot be reached."
  }
}

run "the_latest_image_is_refused" {
  command = plan
  variables {
    image = "registry.example/secret-broker:latest"
  }
  expect_failures = [var.image]
}

run "an_image_without_a_tag_is_refused" {
  command = plan
  variables {
    image = "registry.example:5000/secret-broker"
  }
  expect_failures = [var.image]
}

run "a_credential_in_the_environment_is_refused" {
  command = plan
  variables {
    environment = { SECRET_BROKER_STORE = "aws-secretmanager://wandb", AWS_SECRET_ACCESS_KEY = "x" }
  }
  expect_failures = [var.environment]
}

run "another_catalog_is_refused" {
  command = plan
  variables {
    environment = { SECRET_BROKER_STORE = "aws-secretmanager://wandb", SECRET_BROKER_CATALOG = "sqlite:///tmp/x" }
  }
  expect_failures = [var.environment]
}

run "root_is_refused" {
  command = plan
  variables {
    user_id = 0
  }
  expect_failures = [var.user_id]
}

run "no_client_is_refused" {
  command = plan
  variables {
    client_namespaces = []
  }
  expect_failures = [var.client_namespaces]
}

run "several_brokers_on_one_database" {
  command = plan
  variables {
    replicas             = 3
    catalog_url_secret   = { name = "secret-broker-catalog" }
    catalog_ca_configmap = { name = "database-ca" }
    catalog_destination  = { cidrs = ["10.1.2.0/24"] }
  }
  assert {
    condition     = local.in_postgresql && local.is_shareable && local.is_database_reachable
    error_message = "Three brokers on PostgreSQL are refused."
  }
  assert {
    condition     = !contains(keys(local.environment), "SECRET_BROKER_CATALOG") && local.environment.PGSSLROOTCERT == "/etc/secret-broker/catalog-ca/ca.crt"
    error_message = "The environment is ${jsonencode(local.environment)}"
  }
  assert {
    condition     = var.catalog_url_secret.key == "url" && var.catalog_destination.port == 5432
    error_message = "The defaults are others."
  }
}

run "several_brokers_on_one_file_are_told" {
  command = plan
  variables {
    replicas = 2
  }
  assert {
    condition     = !local.is_shareable && contains(keys(local.environment), "SECRET_BROKER_CATALOG")
    error_message = "Two brokers on one SQLite file are let through."
  }
}

run "a_database_out_of_reach_is_told" {
  command = plan
  variables {
    catalog_url_secret = { name = "secret-broker-catalog" }
  }
  assert {
    condition     = local.is_shareable && !local.is_database_reachable
    error_message = "A database that the network policy shuts out is taken for one in reach."
  }
}

run "no_broker_is_refused" {
  command = plan
  variables {
    replicas = 0
  }
  expect_failures = [var.replicas]
}

run "half_a_broker_is_refused" {
  command = plan
  variables {
    replicas = 1.5
  }
  expect_failures = [var.replicas]
}

run "twenty_one_brokers_are_refused" {
  command = plan
  variables {
    replicas = 21
  }
  expect_failures = [var.replicas]
}

run "a_url_in_the_place_of_its_secret_is_refused" {
  command = plan
  variables {
    catalog_url_secret = { name = "postgres://broker@db.example/catalog" }
  }
  expect_failures = [var.catalog_url_secret]
}

run "a_port_that_is_none_is_refused" {
  command = plan
  variables {
    catalog_destination = { cidrs = ["10.1.2.0/24"], port = 65536 }
  }
  expect_failures = [var.catalog_destination]
}

run "a_password_of_the_database_in_the_environment_is_refused" {
  command = plan
  variables {
    environment = { SECRET_BROKER_STORE = "aws-secretmanager://wandb", PGPASSWORD = "x" }
  }
  expect_failures = [var.environment]
}
