# A broker on a machine, which takes the role on as whoever it is there.

provider "aws" {
  region = "eu-west-1"
}

variable "machine_role_arn" {
  description = "The role of the machine that the broker runs on. It needs sts:AssumeRole on the broker's role."
  type        = string
}

variable "external_id" {
  description = "What the broker says when it takes the role on."
  type        = string
  default     = "secret-broker"
}

module "secret_broker" {
  source = "../.."

  namespace = "wandb"
  assume_role = {
    principal_arns = [var.machine_role_arn]
    external_id    = var.external_id
  }
}

output "environment" {
  description = "For /etc/secret-broker/environment."
  value       = module.secret_broker.environment
}
