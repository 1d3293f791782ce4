# What the variables take: no provider is needed for it.

variables {
  resource_group_name = "wandb"
  vault_name          = "acme-wandb-broker"
}

run "the_least_is_enough" {
  command = plan
  assert {
    condition     = !var.purge_protection && var.retention_days == 7 && var.namespace == "wandb"
    error_message = "The defaults are others."
  }
}

run "an_upper_case_namespace_is_refused" {
  command = plan
  variables {
    namespace = "WandB"
  }
  expect_failures = [var.namespace]
}

run "what_is_no_name_of_a_vault_is_refused" {
  command = plan
  variables {
    vault_name = "a--vault"
  }
  expect_failures = [var.vault_name]
}

run "six_days_of_retention_are_refused" {
  command = plan
  variables {
    retention_days = 6
  }
  expect_failures = [var.retention_days]
}

run "a_service_account_with_a_wildcard_is_refused" {
  command = plan
  variables {
    aks = { oidc_issuer_url = "https://issuer.example", namespace = "*" }
  }
  expect_failures = [var.aks]
}

run "an_application_id_in_the_place_of_a_principal_is_refused" {
  command = plan
  variables {
    principal_id = "secret-broker"
  }
  expect_failures = [var.principal_id]
}
