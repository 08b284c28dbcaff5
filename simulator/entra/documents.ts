/** What Entra publishes about itself: OpenID configuration and instance discovery. Pure. */

/** Source of fields and order: https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration, as documented in Learn "OpenID Connect on the Microsoft identity platform". */
export function openIdConfiguration(endpoint: string, tenant: string, tenantId: string, version: "v1" | "v2"): object {
  const at = `${endpoint}/${tenant}`;
  const path = version === "v2" ? "oauth2/v2.0" : "oauth2";
  return {
    token_endpoint: `${at}/${path}/token`,
    token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt", "client_secret_basic"],
    jwks_uri: version === "v2" ? `${at}/discovery/v2.0/keys` : `${at}/discovery/keys`,
    response_modes_supported: ["query", "fragment", "form_post"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    response_types_supported: ["code", "id_token", "code id_token", "id_token token"],
    scopes_supported: ["openid", "profile", "email", "offline_access"],
    issuer: version === "v2" ? `${endpoint}/${tenantId}/v2.0` : `${endpoint}/${tenantId}/`,
    request_uri_parameter_supported: false,
    userinfo_endpoint: `${endpoint}/oidc/userinfo`,
    authorization_endpoint: `${at}/${path}/authorize`,
    device_authorization_endpoint: `${at}/${path}/devicecode`,
    http_logout_supported: true,
    frontchannel_logout_supported: true,
    end_session_endpoint: `${at}/${path}/logout`,
    claims_supported: ["sub", "iss", "aud", "exp", "iat", "tid", "oid", "ver"],
    tenant_region_scope: "EU",
    cloud_instance_name: endpoint.replace(/^https:\/\//, ""),
    cloud_graph_host_name: "graph.windows.net",
    msgraph_host: "graph.microsoft.com",
    rbac_url: "https://pas.windows.net",
  };
}

/** Source: Learn/MSAL "instance discovery": `GET /common/discovery/instance?api-version=1.1&authorization_endpoint=…`. */
export function instanceDiscovery(endpoint: string, tenantId: string): object {
  const host = endpoint.replace(/^https:\/\//, "");
  return {
    tenant_discovery_endpoint: `${endpoint}/${tenantId}/v2.0/.well-known/openid-configuration`,
    "api-version": "1.1",
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  };
}
