# What follows from the variables alone.

locals {
  # Behind the project: what the names of the namespace's own secrets begin with, as Google writes them, a regional
  # secret with its location. With the hyphen, so that the namespace "prod" does not cover "prod2".
  names = "${var.location == null ? "" : "locations/${var.location}/"}secrets/${var.namespace}-"

  # Ids of roles take no hyphen, and have room for less than a namespace.
  suffix = substr(sha256(var.namespace), 0, 8)

  places   = var.location != null ? [var.location] : length(var.replicas) > 0 ? var.replicas : ["global"]
  key_ring = "secret-broker-${substr(var.namespace, 0, 49)}"
  key_name = "values"
  keys = var.create_kms_keys ? [
    for place in local.places : "projects/${var.project_id}/locations/${place}/keyRings/${local.key_ring}/cryptoKeys/${local.key_name}"
  ] : var.kms_keys
  has_key = length(local.keys) > 0

  settings = {
    namespace = var.namespace
    location  = var.location == null ? "" : var.location
    replicas  = join(",", var.replicas)
    kms_key   = join(",", local.keys)
  }

  store_uri = "gcp-secretmanager://${var.project_id}?${join("&", [
    for setting in ["namespace", "location", "replicas", "kms_key"] :
    "${setting}=${urlencode(local.settings[setting])}" if local.settings[setting] != ""
  ])}"
}
