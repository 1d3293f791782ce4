data "google_project" "current" {
  project_id = var.project_id
}

locals {
  email  = coalesce(var.service_account_email, one(google_service_account.broker[*].email))
  member = "serviceAccount:${local.email}"
}

resource "google_project_service" "secret_manager" {
  count = var.enable_api ? 1 : 0

  project            = var.project_id
  service            = "secretmanager.googleapis.com"
  disable_on_destroy = false
}

resource "google_service_account" "broker" {
  count = var.service_account_email == null ? 1 : 0

  project      = var.project_id
  account_id   = var.service_account_id
  display_name = "SecretBroker in the namespace ${var.namespace}"
}

# Google asks for this permission on the project, where no secret is named yet: no condition on a name can hold for it.
# Whoever has it can make a secret of any name in the project, and do nothing with one that is not the namespace's.
resource "google_project_iam_custom_role" "create" {
  project     = var.project_id
  role_id     = "secretBrokerCreate_${local.suffix}"
  title       = "SecretBroker ${substr(var.namespace, 0, 60)}, create"
  description = "Makes secrets. Granted without a condition, since the permission cannot carry one."
  permissions = ["secretmanager.secrets.create"]
}

resource "google_project_iam_custom_role" "use" {
  project     = var.project_id
  role_id     = "secretBrokerUse_${local.suffix}"
  title       = "SecretBroker ${substr(var.namespace, 0, 60)}, use"
  description = "Writes, reads and deletes the namespace's own secrets. Granted under a condition on their names."
  permissions = [
    "secretmanager.versions.add",
    "secretmanager.versions.access",
    "secretmanager.secrets.delete",
  ]
}

resource "google_project_iam_member" "create" {
  project = var.project_id
  role    = google_project_iam_custom_role.create.name
  member  = local.member
}

resource "google_project_iam_member" "use" {
  project = var.project_id
  role    = google_project_iam_custom_role.use.name
  member  = local.member

  condition {
    title       = "own_secrets"
    description = "Secrets of the namespace ${var.namespace}"
    # IAM's conditions name a project by its number.
    expression = "resource.name.startsWith(\"projects/${data.google_project.current.number}/${local.names}\")"
  }
}

# Google's own role holds secretmanager.versions.access and nothing else of a secret.
resource "google_secret_manager_secret_iam_member" "adopted" {
  for_each = var.location == null ? toset(var.adopted_secrets) : []

  project   = var.project_id
  secret_id = each.value
  role      = "roles/secretmanager.secretAccessor"
  member    = local.member
}

resource "google_secret_manager_regional_secret_iam_member" "adopted" {
  for_each = var.location == null ? [] : toset(var.adopted_secrets)

  project   = var.project_id
  location  = var.location
  secret_id = each.value
  role      = "roles/secretmanager.secretAccessor"
  member    = local.member
}

resource "google_service_account_iam_member" "workload_identity" {
  count = var.gke == null ? 0 : 1

  service_account_id = "projects/-/serviceAccounts/${local.email}"
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:${coalesce(var.gke.pool_project_id, var.project_id)}.svc.id.goog[${var.gke.namespace}/${var.gke.service_account}]"
}

resource "google_kms_key_ring" "values" {
  for_each = var.create_kms_keys ? toset(local.places) : []

  project  = var.project_id
  name     = local.key_ring
  location = each.value
}

resource "google_kms_crypto_key" "values" {
  for_each = google_kms_key_ring.values

  name            = local.key_name
  key_ring        = each.value.id
  rotation_period = "7776000s"

  lifecycle {
    # Without the key every value is lost.
    prevent_destroy = true
  }
}

# Not the broker uses the key, but Google's service agent for Secret Manager. It exists once somebody asked for it.
resource "google_project_service_identity" "secret_manager" {
  provider = google-beta
  count    = local.has_key ? 1 : 0

  project = var.project_id
  service = "secretmanager.googleapis.com"

  depends_on = [google_project_service.secret_manager]

  lifecycle {
    precondition {
      condition     = !(var.create_kms_keys && length(var.kms_keys) > 0)
      error_message = "Set kms_keys or create_kms_keys, not both."
    }
    precondition {
      condition     = sort([for key in local.keys : split("/", key)[3]]) == sort(local.places)
      error_message = "kms_keys must be one key in each place that holds the values: in global, or in location, or in each location of replicas."
    }
  }
}

resource "google_kms_crypto_key_iam_member" "created" {
  for_each = google_kms_crypto_key.values

  crypto_key_id = each.value.id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:${google_project_service_identity.secret_manager[0].email}"
}

resource "google_kms_crypto_key_iam_member" "existing" {
  for_each = var.create_kms_keys ? [] : toset(var.kms_keys)

  crypto_key_id = each.value
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:${google_project_service_identity.secret_manager[0].email}"
}
