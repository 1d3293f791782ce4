data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = coalesce(var.region, data.aws_region.current.id)
  name      = coalesce(var.name, "secret-broker-${substr(replace(var.namespace, "/", "-"), 0, 50)}")
  key_arn   = var.create_kms_key ? aws_kms_key.values[0].arn : var.kms_key_arn
  has_key   = var.create_kms_key || var.kms_key_arn != null
  has_role  = var.irsa != null || var.pod_identity != null || var.assume_role != null

  # With the hyphen, so that the namespace "prod" does not cover "prod2".
  secrets = "arn:${local.partition}:secretsmanager:${local.region}:${local.account}:secret:${var.namespace}-*"

  statements = concat(
    [{
      Sid      = "OwnSecrets"
      Effect   = "Allow"
      Action   = ["secretsmanager:CreateSecret", "secretsmanager:GetSecretValue", "secretsmanager:DeleteSecret"]
      Resource = local.secrets
    }],
    [for arns in length(var.adopted_secret_arns) > 0 ? [var.adopted_secret_arns] : [] : {
      Sid      = "AdoptedSecrets"
      Effect   = "Allow"
      Action   = ["secretsmanager:GetSecretValue"]
      Resource = arns
    }],
    # Through Secrets Manager only: the broker never calls KMS itself.
    [for key in local.has_key ? [local.key_arn] : [] : {
      Sid      = "OwnKey"
      Effect   = "Allow"
      Action   = ["kms:GenerateDataKey", "kms:Decrypt"]
      Resource = key
      Condition = {
        StringEquals = { "kms:ViaService" = "secretsmanager.${local.region}.${data.aws_partition.current.dns_suffix}" }
      }
    }],
  )

  issuer = var.irsa == null ? "" : split(":oidc-provider/", var.irsa.oidc_provider_arn)[1]

  trust = concat(
    [for irsa in var.irsa[*] : {
      Sid       = "ServiceAccount"
      Effect    = "Allow"
      Action    = ["sts:AssumeRoleWithWebIdentity"]
      Principal = { Federated = [irsa.oidc_provider_arn] }
      Condition = {
        StringEquals = {
          "${local.issuer}:aud" = "sts.amazonaws.com"
          "${local.issuer}:sub" = "system:serviceaccount:${irsa.namespace}:${irsa.service_account}"
        }
      }
    }],
    # The association alone would let whoever may associate give the role to another service account.
    [for pod in var.pod_identity[*] : {
      Sid       = "PodIdentity"
      Effect    = "Allow"
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      Principal = { Service = ["pods.eks.amazonaws.com"] }
      Condition = {
        StringEquals = {
          "aws:RequestTag/eks-cluster-arn"            = "arn:${local.partition}:eks:${data.aws_region.current.id}:${local.account}:cluster/${pod.cluster_name}"
          "aws:RequestTag/kubernetes-namespace"       = pod.namespace
          "aws:RequestTag/kubernetes-service-account" = pod.service_account
        }
      }
    }],
    [for role in var.assume_role[*] : merge(
      {
        Sid       = "Others"
        Effect    = "Allow"
        Action    = ["sts:AssumeRole"]
        Principal = { AWS = role.principal_arns }
      },
      { for id in role.external_id[*] : "Condition" => { StringEquals = { "sts:ExternalId" = id } } },
    )],
  )

  # Whoever takes the role on needs its name; who gets it from EKS does not.
  is_assumed = var.assume_role != null && var.irsa == null && var.pod_identity == null

  settings = {
    namespace     = var.namespace
    region        = local.region
    kms_key_id    = local.key_arn
    recovery_days = var.recovery_days
    role_arn      = local.is_assumed ? aws_iam_role.broker[0].arn : null
    external_id   = local.is_assumed ? var.assume_role.external_id : null
  }

  store_uri = "aws-secretmanager://${urlencode(var.namespace)}?${join("&", [
    for setting in ["namespace", "region", "kms_key_id", "recovery_days", "role_arn", "external_id"] :
    "${setting}=${urlencode(local.settings[setting])}" if local.settings[setting] != null
  ])}"
}

resource "aws_kms_key" "values" {
  count = var.create_kms_key ? 1 : 0

  # Its policy is AWS's default one, which leaves all grants to IAM.
  description         = "Values of SecretBroker in the namespace ${var.namespace}"
  enable_key_rotation = true
  tags                = var.tags

  lifecycle {
    precondition {
      condition     = var.kms_key_arn == null
      error_message = "Set kms_key_arn or create_kms_key, not both."
    }
    precondition {
      condition     = local.region == data.aws_region.current.id
      error_message = "create_kms_key makes the key in the provider's region, and a key must be where the values are: give the module a provider of the region."
    }
  }
}

resource "aws_iam_policy" "broker" {
  name        = local.name
  description = "What SecretBroker does in Secrets Manager, in the namespace ${var.namespace}"
  policy      = jsonencode({ Version = "2012-10-17", Statement = local.statements })
  tags        = var.tags
}

resource "aws_iam_role" "broker" {
  count = local.has_role ? 1 : 0

  name                 = local.name
  description          = "SecretBroker in the namespace ${var.namespace}"
  assume_role_policy   = jsonencode({ Version = "2012-10-17", Statement = local.trust })
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_role_policy_attachment" "broker" {
  count = local.has_role ? 1 : 0

  role       = aws_iam_role.broker[0].name
  policy_arn = aws_iam_policy.broker.arn
}

resource "aws_eks_pod_identity_association" "broker" {
  count = var.pod_identity == null ? 0 : 1

  cluster_name    = var.pod_identity.cluster_name
  namespace       = var.pod_identity.namespace
  service_account = var.pod_identity.service_account
  role_arn        = aws_iam_role.broker[0].arn
  tags            = var.tags
}
