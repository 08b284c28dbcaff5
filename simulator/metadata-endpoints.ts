/** `/metadata/endpoints`: how a client that only knows ARM's host finds everything else. Pure. */
import { ARM_AUDIENCES } from "./entra/tokens";

/**
 * The shape depends on the api-version:
 * - up to 2018: one object with `galleryEndpoint` and so on. Source: Azure Stack Hub documentation, "connect to Azure Resource Manager".
 * - 2019 to 2021: a list of clouds. Source: manicminer/hamilton#169; Azure/azure-cli cloud.py (2019-05-01).
 * - 2022-09-01 and later: one object. Source: Azure/azure-cli#29283, command_modules/cloud/custom.py.
 * That the name is AzureCloud: assumed; tools fall back on it for suffixes that are not given.
 */
export function metadataEndpoints(apiVersion: string, endpoint: string): object {
  const audiences = ARM_AUDIENCES.filter((audience) => audience.endsWith("/"));
  if (/^\d/.test(apiVersion) && apiVersion < "2019") {
    return {
      galleryEndpoint: "https://gallery.azure.com/",
      graphEndpoint: "https://graph.windows.net/",
      portalEndpoint: "https://portal.azure.com/",
      authentication: { loginEndpoint: `${endpoint}/`, audiences },
    };
  }
  const cloud = describeCloud(endpoint, audiences);
  return /^\d/.test(apiVersion) && apiVersion >= "2022" ? cloud : [cloud];
}

function describeCloud(endpoint: string, audiences: readonly string[]): object {
  return {
    portal: "https://portal.azure.com",
    authentication: { loginEndpoint: endpoint, audiences, tenant: "common", identityProvider: "AAD" },
    media: "https://rest.media.azure.net",
    graphAudience: "https://graph.windows.net/",
    graph: "https://graph.windows.net/",
    name: "AzureCloud",
    suffixes: {
      azureDataLakeStoreFileSystem: "azuredatalakestore.net",
      acrLoginServer: "azurecr.io",
      sqlServerHostname: "database.windows.net",
      azureDataLakeAnalyticsCatalogAndJob: "azuredatalakeanalytics.net",
      keyVaultDns: "vault.azure.net",
      storage: "core.windows.net",
      azureFrontDoorEndpointSuffix: "azurefd.net",
      storageSyncEndpointSuffix: "afs.azure.net",
      mhsmDns: "managedhsm.azure.net",
      mysqlServerEndpoint: "mysql.database.azure.com",
      postgresqlServerEndpoint: "postgres.database.azure.com",
      mariadbServerEndpoint: "mariadb.database.azure.com",
      synapseAnalytics: "dev.azuresynapse.net",
      attestationEndpoint: "attest.azure.net",
    },
    batch: "https://batch.core.windows.net/",
    resourceManager: `${endpoint}/`,
    vmImageAliasDoc:
      "https://raw.githubusercontent.com/Azure/azure-rest-api-specs/master/arm-compute/quickstart-templates/aliases.json",
    activeDirectoryDataLake: "https://datalake.azure.net/",
    sqlManagement: "https://management.core.windows.net:8443/",
    microsoftGraphResourceId: "https://graph.microsoft.com/",
    appInsightsResourceId: "https://api.applicationinsights.io",
    appInsightsTelemetryChannelResourceId: "https://dc.applicationinsights.azure.com/v2/track",
    attestationResourceId: "https://attest.azure.net",
    synapseAnalyticsResourceId: "https://dev.azuresynapse.net",
    logAnalyticsResourceId: "https://api.loganalytics.io",
    ossrDbmsResourceId: "https://ossrdbms-aad.database.windows.net",
    gallery: "https://gallery.azure.com/",
  };
}
