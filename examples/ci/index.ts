import * as managedidentity from "@pulumi/azure-native/managedidentity";
import * as resources from "@pulumi/azure-native/resources";
import * as pulumi from "@pulumi/pulumi";
import { runCommandRole } from "azure-run-command/azure-native";

const config = new pulumi.Config();
/** As GitHub says it (README): with the ids of owner and repository, or, of an older repository, without. */
const repository = config.require("repositorySubject", { pattern: /^repo:[^/:@]+(@\d+)?\/[^/:@]+(@\d+)?$/ });
const group = resources.getResourceGroupOutput({ resourceGroupName: config.require("resourceGroupName") });

/** Whom the workflow signs in as. It has no secret that could be stored, or stolen. */
const identity = new managedidentity.UserAssignedIdentity("github", { resourceGroupName: group.name });

/** Azure takes GitHub's word for it, for jobs in one environment of one repository. */
new managedidentity.FederatedIdentityCredential("github", {
  resourceGroupName: group.name,
  resourceName: identity.name,
  issuer: "https://token.actions.githubusercontent.com",
  subject: `${repository}:environment:${config.require("environment")}`,
  audiences: ["api://AzureADTokenExchange"],
});

/** It may run commands on the VMs of this group, and nothing else. */
runCommandRole("github", { principalId: identity.principalId, scope: group.id });

// The names of the variables in deploy.yml.
export const AZURE_CLIENT_ID = identity.clientId;
export const AZURE_TENANT_ID = identity.tenantId;
export const AZURE_SUBSCRIPTION_ID = group.id.apply((id) => id.split("/")[2]);
