import { cloudByName, cloudFromMetadata } from "../../../core/sign-in/clouds";

const PUBLIC = {
  authorityHost: "https://login.microsoftonline.com",
  resourceManager: "https://management.azure.com",
  audience: "https://management.azure.com",
  tokenExchangeAudience: "api://AzureADTokenExchange",
};
const GOVERNMENT = {
  authorityHost: "https://login.microsoftonline.us",
  resourceManager: "https://management.usgovcloudapi.net",
  audience: "https://management.usgovcloudapi.net",
  tokenExchangeAudience: "api://AzureADTokenExchangeUSGov",
};
const CHINA = {
  authorityHost: "https://login.chinacloudapi.cn",
  resourceManager: "https://management.chinacloudapi.cn",
  audience: "https://management.chinacloudapi.cn",
  tokenExchangeAudience: "api://AzureADTokenExchangeChina",
};

test.each([
  ["public", PUBLIC],
  ["AzureCloud", PUBLIC],
  ["usgovernment", GOVERNMENT],
  ["AzureUSGovernment", GOVERNMENT],
  ["china", CHINA],
  ["AzureChinaCloud", CHINA],
])("the cloud '%s' has its endpoints and audiences", (name, expected) => {
  expect(cloudByName(name)).toMatchObject({ ...expected, knownAuthority: true });
});

test("a name that no cloud has is not taken for the public one", () => {
  expect(cloudByName("germany")).toBeUndefined();
});

test("another cloud is read from its metadata, and its audience is kept letter by letter", () => {
  const body = JSON.stringify({
    authentication: {
      loginEndpoint: "https://localhost:8443/",
      audiences: ["https://management.core.windows.net/", "https://management.azure.com"],
    },
    resourceManager: "https://localhost:8443/",
  });
  expect(cloudFromMetadata("localhost:8443", body)).toEqual({
    name: "localhost:8443",
    authorityHost: "https://localhost:8443",
    resourceManager: "https://localhost:8443",
    audience: "https://management.core.windows.net/",
    tokenExchangeAudience: "api://AzureADTokenExchange",
    knownAuthority: false,
  });
});

test.each([
  ["no JSON", "<html>"],
  ["a list", "[]"],
  ["plain HTTP", JSON.stringify({ authentication: { loginEndpoint: "http://a" }, resourceManager: "http://a" })],
])("%s is not taken for a cloud", (_what, body) => {
  expect(cloudFromMetadata("h", body)).toBeUndefined();
});
