terraform {
  required_version = ">= 1.7"

  required_providers {
    # A later version of the provider writes the selectors of network policies as arguments instead of blocks.
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = ">= 2.31, < 3.0"
    }
  }
}
