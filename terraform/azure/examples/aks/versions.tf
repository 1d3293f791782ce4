terraform {
  required_version = ">= 1.7"

  required_providers {
    # Version 5 renamed arguments of the vault and of the federated credential.
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 5.0, < 6.0"
    }
  }
}
