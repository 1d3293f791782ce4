data "azurerm_client_config" "current" {}

data "azurerm_resource_group" "broker" {
  name = var.resource_group_name
}

locals {
  location      = coalesce(var.location, data.azurerm_resource_group.broker.location)
  has_identity  = var.principal_id == null
  principal_id  = local.has_identity ? azurerm_user_assigned_identity.broker[0].principal_id : var.principal_id
  identity_name = "secret-broker-${var.vault_name}"

  store_uri = "az-secretmanager://${var.namespace}?vault_uri=${trimsuffix(azurerm_key_vault.values.vault_uri, "/")}"
}

# A vault of the broker's own: whoever may read one secret of a vault can often read all of them, and W&B's vault holds
# the keys of its database and storage.
resource "azurerm_key_vault" "values" {
  name                       = var.vault_name
  resource_group_name        = data.azurerm_resource_group.broker.name
  location                   = local.location
  tenant_id                  = data.azurerm_client_config.current.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  soft_delete_retention_days = var.retention_days
  purge_protection_enabled   = var.purge_protection
  tags                       = var.tags

  dynamic "network_acls" {
    for_each = var.network[*]

    content {
      bypass                     = "None"
      default_action             = "Deny"
      ip_rules                   = network_acls.value.ip_rules
      virtual_network_subnet_ids = network_acls.value.subnet_ids
    }
  }
}

resource "azurerm_role_definition" "broker" {
  # Names of roles are the tenant's, and names of vaults are Azure's: this one is free.
  name        = "SecretBroker ${var.vault_name}"
  scope       = data.azurerm_resource_group.broker.id
  description = "What SecretBroker does with secrets of its vault. No listing, no recovery, no keys, no certificates."

  permissions {
    data_actions = [
      "Microsoft.KeyVault/vaults/secrets/setSecret/action",
      "Microsoft.KeyVault/vaults/secrets/getSecret/action",
      "Microsoft.KeyVault/vaults/secrets/delete",
      "Microsoft.KeyVault/vaults/secrets/purge/action",
      # For the date of what was deleted before, which only purge protection makes the broker ask for.
      "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
    ]
  }

  assignable_scopes = [data.azurerm_resource_group.broker.id]
}

resource "azurerm_role_assignment" "broker" {
  scope              = azurerm_key_vault.values.id
  role_definition_id = azurerm_role_definition.broker.role_definition_resource_id
  principal_id       = local.principal_id
  principal_type     = "ServicePrincipal"
}

resource "azurerm_user_assigned_identity" "broker" {
  count = local.has_identity ? 1 : 0

  name                = local.identity_name
  resource_group_name = data.azurerm_resource_group.broker.name
  location            = local.location
  tags                = var.tags
}

resource "azurerm_federated_identity_credential" "aks" {
  count = var.aks == null ? 0 : 1

  name                      = "secret-broker"
  user_assigned_identity_id = one(azurerm_user_assigned_identity.broker[*].id)
  issuer                    = var.aks.oidc_issuer_url
  subject                   = "system:serviceaccount:${var.aks.namespace}:${var.aks.service_account}"
  audience                  = ["api://AzureADTokenExchange"]

  lifecycle {
    precondition {
      condition     = local.has_identity
      error_message = "Set aks or principal_id, not both: the federated credential is for the identity that the module makes."
    }
  }
}
