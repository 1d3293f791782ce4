# What the variables take and what follows from them alone: no provider is needed for it.

variables {
  project_id = "acme-wandb"
  namespace  = "prod"
}

run "global_secrets" {
  command = plan
  assert {
    condition     = local.names == "secrets/prod-"
    error_message = "The condition is on ${local.names}"
  }
  assert {
    condition     = local.store_uri == "gcp-secretmanager://acme-wandb?namespace=prod"
    error_message = "The store URI is ${local.store_uri}"
  }
}

run "regional_secrets_with_a_key" {
  command = plan
  variables {
    location        = "europe-west4"
    create_kms_keys = true
  }
  assert {
    condition     = local.names == "locations/europe-west4/secrets/prod-"
    error_message = "The condition is on ${local.names}"
  }
  assert {
    condition     = local.store_uri == "gcp-secretmanager://acme-wandb?namespace=prod&location=europe-west4&kms_key=projects%2Facme-wandb%2Flocations%2Feurope-west4%2FkeyRings%2Fsecret-broker-prod%2FcryptoKeys%2Fvalues"
    error_message = "The store URI is ${local.store_uri}"
  }
}

run "replicas_with_existing_keys" {
  command = plan
  variables {
    replicas = ["europe-west4", "us-east1"]
    kms_keys = ["projects/p/locations/us-east1/keyRings/r/cryptoKeys/a", "projects/p/locations/europe-west4/keyRings/r/cryptoKeys/b"]
  }
  assert {
    condition     = local.settings.replicas == "europe-west4,us-east1" && local.keys == tolist(var.kms_keys) && local.has_key
    error_message = "The settings are ${jsonencode(local.settings)}"
  }
}

run "ids_of_roles_are_the_namespaces_own" {
  command = plan
  variables {
    namespace = "prod-2"
  }
  assert {
    condition     = local.suffix == substr(sha256("prod-2"), 0, 8) && local.names == "secrets/prod-2-"
    error_message = "The suffix is ${local.suffix}"
  }
}

run "an_empty_namespace_is_refused" {
  command = plan
  variables {
    namespace = ""
  }
  expect_failures = [var.namespace]
}

run "a_quote_in_the_namespace_is_refused" {
  command = plan
  variables {
    namespace = "prod\") || true || (\""
  }
  expect_failures = [var.namespace]
}

run "what_is_no_project_is_refused" {
  command = plan
  variables {
    project_id = "Acme/1"
  }
  expect_failures = [var.project_id]
}

run "what_is_no_key_is_refused" {
  command = plan
  variables {
    kms_keys = ["projects/p/locations/global/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1"]
  }
  expect_failures = [var.kms_keys]
}

run "a_service_account_with_a_wildcard_is_refused" {
  command = plan
  variables {
    gke = { namespace = "*" }
  }
  expect_failures = [var.gke]
}

run "adopting_by_a_wildcard_is_refused" {
  command = plan
  variables {
    adopted_secrets = ["*"]
  }
  expect_failures = [var.adopted_secrets]
}
