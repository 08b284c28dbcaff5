import { cloudByName, cloudFromMetadata } from "../../../core/sign-in/clouds";

test.each([
  ["public", "https://management.azure.com"],
  ["AzureCloud", "https://management.azure.com"],
  ["usgovernment", "https://management.usgovcloudapi.net"],
  ["AzureUSGovernment", "https://management.usgovcloudapi.net"],
  ["china", "https://management.chinacloudapi.cn"],
  ["AzureChinaCloud", "https://management.chinacloudapi.cn"],
])("the cloud '%s' has its ARM at %s", (name, resourceManager) => {
  expect(cloudByName(name)?.resourceManager).toBe(resourceManager);
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
