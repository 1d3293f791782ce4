# What the module grants, and to whom. Nothing is called: the provider is a mock.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/mock" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mock" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/mock" }
  }
}

variables {
  namespace = "prod"
}

run "three_actions_on_the_namespaces_own_names" {
  assert {
    condition = jsondecode(output.policy_json) == {
      Version = "2012-10-17"
      Statement = [{
        Sid      = "OwnSecrets"
        Effect   = "Allow"
        Action   = ["secretsmanager:CreateSecret", "secretsmanager:GetSecretValue", "secretsmanager:DeleteSecret"]
        Resource = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod-*"
      }]
    }
    error_message = "The policy is ${output.policy_json}"
  }
  assert {
    condition     = output.store_uri == "aws-secretmanager://prod?namespace=prod&region=eu-west-1"
    error_message = "The store URI is ${output.store_uri}"
  }
  assert {
    condition     = output.environment == { SECRET_BROKER_STORE = output.store_uri }
    error_message = "The environment holds something else than the store URI."
  }
  assert {
    condition     = output.role_arn == null && output.kms_key_arn == null
    error_message = "A role or a key was made that nobody asked for."
  }
}

run "a_key_of_its_own_through_secrets_manager_only" {
  variables {
    create_kms_key = true
    recovery_days  = 7
  }
  assert {
    condition = jsondecode(output.policy_json).Statement[1] == {
      Sid       = "OwnKey"
      Effect    = "Allow"
      Action    = ["kms:GenerateDataKey", "kms:Decrypt"]
      Resource  = "arn:aws:kms:eu-west-1:123456789012:key/mock"
      Condition = { StringEquals = { "kms:ViaService" = "secretsmanager.eu-west-1.amazonaws.com" } }
    }
    error_message = "The policy is ${output.policy_json}"
  }
  assert {
    condition     = output.store_uri == "aws-secretmanager://prod?namespace=prod&region=eu-west-1&kms_key_id=arn%3Aaws%3Akms%3Aeu-west-1%3A123456789012%3Akey%2Fmock&recovery_days=7"
    error_message = "The store URI is ${output.store_uri}"
  }
}

run "an_existing_key" {
  variables {
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }
  assert {
    condition     = jsondecode(output.policy_json).Statement[1].Resource == var.kms_key_arn && length(aws_kms_key.values) == 0
    error_message = "The policy is ${output.policy_json}"
  }
}

run "what_is_adopted_can_be_read_and_nothing_else" {
  variables {
    adopted_secret_arns = ["arn:aws:secretsmanager:eu-west-1:123456789012:secret:github-AbC123"]
  }
  assert {
    condition = jsondecode(output.policy_json).Statement[1] == {
      Sid      = "AdoptedSecrets"
      Effect   = "Allow"
      Action   = ["secretsmanager:GetSecretValue"]
      Resource = ["arn:aws:secretsmanager:eu-west-1:123456789012:secret:github-AbC123"]
    }
    error_message = "The policy is ${output.policy_json}"
  }
}

run "irsa_trusts_one_service_account" {
  variables {
    irsa = {
      oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC"
      namespace         = "secret-broker"
    }
  }
  assert {
    condition = jsondecode(aws_iam_role.broker[0].assume_role_policy).Statement == [{
      Sid       = "ServiceAccount"
      Effect    = "Allow"
      Action    = ["sts:AssumeRoleWithWebIdentity"]
      Principal = { Federated = ["arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC"] }
      Condition = {
        StringEquals = {
          "oidc.eks.eu-west-1.amazonaws.com/id/ABC:aud" = "sts.amazonaws.com"
          "oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub" = "system:serviceaccount:secret-broker:secret-broker"
        }
      }
    }]
    error_message = "The trust is ${aws_iam_role.broker[0].assume_role_policy}"
  }
  assert {
    condition     = output.service_account_annotations["eks.amazonaws.com/role-arn"] == output.role_arn
    error_message = "The service account is not told its role."
  }
  assert {
    condition     = output.store_uri == "aws-secretmanager://prod?namespace=prod&region=eu-west-1"
    error_message = "EKS signs the broker in: the store URI must not name the role."
  }
}

run "pod_identity_trusts_one_service_account_of_one_cluster" {
  variables {
    pod_identity = { cluster_name = "tools", namespace = "secret-broker", service_account = "broker" }
  }
  assert {
    condition = jsondecode(aws_iam_role.broker[0].assume_role_policy).Statement == [{
      Sid       = "PodIdentity"
      Effect    = "Allow"
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      Principal = { Service = ["pods.eks.amazonaws.com"] }
      Condition = {
        StringEquals = {
          "aws:RequestTag/eks-cluster-arn"            = "arn:aws:eks:eu-west-1:123456789012:cluster/tools"
          "aws:RequestTag/kubernetes-namespace"       = "secret-broker"
          "aws:RequestTag/kubernetes-service-account" = "broker"
        }
      }
    }]
    error_message = "The trust is ${aws_iam_role.broker[0].assume_role_policy}"
  }
  assert {
    condition     = aws_eks_pod_identity_association.broker[0].service_account == "broker" && length(output.service_account_annotations) == 0
    error_message = "The association is not the service account's."
  }
}

run "a_role_to_take_on_is_named_in_the_store_uri" {
  variables {
    assume_role = { principal_arns = ["arn:aws:iam::123456789012:role/machine"], external_id = "a+b/c" }
  }
  assert {
    condition     = output.store_uri == "aws-secretmanager://prod?namespace=prod&region=eu-west-1&role_arn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fmock&external_id=a%2Bb%2Fc"
    error_message = "The store URI is ${output.store_uri}"
  }
  assert {
    condition     = jsondecode(aws_iam_role.broker[0].assume_role_policy).Statement[0].Condition == { StringEquals = { "sts:ExternalId" = "a+b/c" } }
    error_message = "The trust is ${aws_iam_role.broker[0].assume_role_policy}"
  }
}

run "without_an_external_id_there_is_no_condition" {
  variables {
    assume_role = { principal_arns = ["arn:aws:iam::123456789012:role/machine"] }
  }
  assert {
    condition     = !can(jsondecode(aws_iam_role.broker[0].assume_role_policy).Statement[0].Condition)
    error_message = "The trust is ${aws_iam_role.broker[0].assume_role_policy}"
  }
}

run "an_empty_namespace_is_refused" {
  command = plan
  variables {
    namespace = ""
  }
  expect_failures = [var.namespace]
}

run "a_wildcard_in_the_namespace_is_refused" {
  command = plan
  variables {
    namespace = "prod*"
  }
  expect_failures = [var.namespace]
}

run "a_service_account_with_a_wildcard_is_refused" {
  command = plan
  variables {
    irsa = {
      oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC"
      namespace         = "*"
    }
  }
  expect_failures = [var.irsa]
}

run "a_trust_of_everybody_is_refused" {
  command = plan
  variables {
    assume_role = { principal_arns = ["*"] }
  }
  expect_failures = [var.assume_role]
}

run "a_recovery_window_that_aws_does_not_know_is_refused" {
  command = plan
  variables {
    recovery_days = 6
  }
  expect_failures = [var.recovery_days]
}

run "an_alias_of_a_key_is_refused" {
  command = plan
  variables {
    kms_key_arn = "alias/broker"
  }
  expect_failures = [var.kms_key_arn]
}

run "two_keys_are_refused" {
  command = plan
  variables {
    create_kms_key = true
    kms_key_arn    = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }
  expect_failures = [aws_kms_key.values]
}

run "adopting_by_a_wildcard_is_refused" {
  command = plan
  variables {
    adopted_secret_arns = ["arn:aws:secretsmanager:eu-west-1:123456789012:secret:*"]
  }
  expect_failures = [var.adopted_secret_arns]
}
