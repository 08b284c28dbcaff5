/** What ARM refuses, by its exact words, over HTTPS. */
import { type Running, run, stopAll } from "../running";

jest.setTimeout(60_000);
let sim: Running;
beforeAll(async () => {
  sim = await run({ resourceGroup: "rg" });
});
afterAll(stopAll);

interface Case {
  readonly what: string;
  readonly method?: string;
  /** `{sub}` and `{vm}` are filled in. */
  readonly path: string;
  readonly body?: string;
  readonly status: number;
  readonly code: string;
  readonly message: string | RegExp;
}

const OTHER = "00000000-0000-0000-0000-00000000dead";
const RUN = "{vm}/runCommand?api-version=2024-11-01";

test.each<Case>([
  {
    what: "no api-version",
    path: "{vm}?",
    status: 400,
    code: "MissingApiVersionParameter",
    message: "The api-version query parameter (?api-version=) is required for all requests.",
  },
  {
    what: "a malformed api-version",
    path: "{vm}?api-version=latest",
    status: 400,
    code: "InvalidApiVersionParameter",
    message: /^The api-version 'latest' is invalid\. The supported versions are '2026-04-01,/,
  },
  {
    what: "an api-version that is no date",
    path: "{vm}?api-version=2024-13-01",
    status: 400,
    code: "InvalidApiVersionParameter",
    message: /^The api-version '2024-13-01' is invalid/,
  },
  {
    what: "an api-version before Compute",
    path: "{vm}?api-version=2014-04-01",
    status: 400,
    code: "InvalidApiVersionParameter",
    message: /^The api-version '2014-04-01' is invalid/,
  },
  {
    what: "another subscription",
    path: `/subscriptions/${OTHER}?api-version=2022-12-01`,
    status: 404,
    code: "SubscriptionNotFound",
    message: `The subscription '${OTHER}' could not be found.`,
  },
  {
    what: "an unknown group",
    path: "{sub}/resourceGroups/nope/providers/Microsoft.Compute/virtualMachines/vm1?api-version=2024-11-01",
    status: 404,
    code: "ResourceGroupNotFound",
    message: "Resource group 'nope' could not be found.",
  },
  {
    what: "an unknown VM",
    path: "{sub}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/s1?api-version=2024-11-01",
    status: 404,
    code: "ResourceNotFound",
    message:
      "The Resource 'Microsoft.Compute/virtualMachines/s1' under resource group 'rg' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
  },
  {
    what: "a run on an unknown VM, whatever its body",
    method: "POST",
    body: "nonsense",
    path: "{sub}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/s1/runCommand?api-version=2024-11-01",
    status: 404,
    code: "ResourceNotFound",
    message: /'Microsoft.Compute\/virtualMachines\/s1'/,
  },
  {
    what: "an instance of a scale set",
    method: "POST",
    body: "{}",
    path: "{sub}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/ss/virtualMachines/0/runCommand?api-version=2024-11-01",
    status: 404,
    code: "ResourceNotFound",
    message: /^The Resource 'Microsoft.Compute\/virtualMachineScaleSets\/ss' under resource group 'rg' was not found\./,
  },
  {
    what: "an unknown type",
    path: "{sub}/resourceGroups/rg/providers/Microsoft.Compute/toasters/t?api-version=2024-11-01",
    status: 404,
    code: "InvalidResourceType",
    message:
      "The resource type 'toasters' could not be found in the namespace 'Microsoft.Compute' for api version '2024-11-01'. (This simulator does not imitate it: see docs/simulator.md#limits.)",
  },
  {
    what: "a type below a VM",
    path: "{vm}/patches/latest/installed?api-version=2024-11-01",
    status: 404,
    code: "InvalidResourceType",
    message:
      "The resource type 'virtualMachines/patches/installed' could not be found in the namespace 'Microsoft.Compute' for api version '2024-11-01'. (This simulator does not imitate it: see docs/simulator.md#limits.)",
  },
  {
    what: "an action that is not imitated",
    method: "POST",
    path: "{vm}/redeploy?api-version=2024-11-01",
    status: 404,
    code: "InvalidResourceType",
    message:
      "The resource type 'virtualMachines/redeploy' could not be found in the namespace 'Microsoft.Compute' for api version '2024-11-01'. (This simulator does not imitate it: see docs/simulator.md#limits.)",
  },
  {
    what: "a lock by its name",
    path: "{vm}/providers/Microsoft.Authorization/locks/keep?api-version=2016-09-01",
    status: 404,
    code: "InvalidResourceType",
    message:
      "The resource type 'locks' could not be found in the namespace 'Microsoft.Authorization' for api version '2016-09-01'. (This simulator does not imitate it: see docs/simulator.md#limits.)",
  },
  {
    what: "an activity log, whose api-version is older than Compute",
    path: "{sub}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01",
    status: 404,
    code: "InvalidResourceNamespace",
    message:
      "The resource namespace 'Microsoft.Insights' is invalid. (This simulator does not imitate it: see docs/simulator.md#limits.)",
  },
  {
    what: "a list of all resources of a group",
    path: "{sub}/resourceGroups/rg/resources?api-version=2024-11-01",
    status: 404,
    code: "InvalidResourceType",
    message:
      "The resource type 'resourceGroups/resources' could not be found in the namespace 'Microsoft.Resources' for api version '2024-11-01'. (This simulator does not imitate it: see docs/simulator.md#limits.)",
  },
  {
    what: "a resource provider",
    path: "{sub}/providers/Microsoft.Compute?api-version=2024-11-01",
    status: 404,
    code: "InvalidResourceType",
    message:
      "The resource type 'providers' could not be found in the namespace 'Microsoft.Resources' for api version '2024-11-01'. (This simulator does not imitate it: see docs/simulator.md#limits.)",
  },
  {
    what: "a managed run command that is not there",
    path: "{vm}/runCommands/fix?api-version=2024-11-01",
    status: 404,
    code: "ResourceNotFound",
    message:
      "The Resource 'Microsoft.Compute/virtualMachines/vm1/runCommands/fix' under resource group 'rg' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
  },
  {
    what: "an extension that is not there",
    path: "{vm}/extensions/RunCommandLinux?api-version=2024-11-01",
    status: 404,
    code: "ResourceNotFound",
    message:
      "The Resource 'Microsoft.Compute/virtualMachines/vm1/extensions/RunCommandLinux' under resource group 'rg' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
  },
  {
    what: "a new managed run command",
    method: "PUT",
    body: "{}",
    path: "{vm}/runCommands/fix?api-version=2024-11-01",
    status: 405,
    code: "MethodNotAllowed",
    message:
      "The requested resource does not support http method 'PUT'. (This simulator does not imitate it: see docs/simulator.md#limits.)",
  },
  {
    what: "an unknown namespace",
    path: "{sub}/resourceGroups/rg/providers/Contoso.Toast/toasters/t?api-version=2024-11-01",
    status: 404,
    code: "InvalidResourceNamespace",
    message:
      "The resource namespace 'Contoso.Toast' is invalid. (This simulator does not imitate it: see docs/simulator.md#limits.)",
  },
  {
    what: "what another namespace has of a VM",
    path: "{vm}/providers/Microsoft.Insights/metrics?api-version=2024-11-01",
    status: 404,
    code: "InvalidResourceNamespace",
    message:
      "The resource namespace 'Microsoft.Insights' is invalid. (This simulator does not imitate it: see docs/simulator.md#limits.)",
  },
  {
    what: "a change that is not imitated",
    method: "PATCH",
    path: "{vm}?api-version=2024-11-01",
    status: 405,
    code: "MethodNotAllowed",
    message:
      "The requested resource does not support http method 'PATCH'. (This simulator does not imitate it: see docs/simulator.md#limits.)",
  },
  {
    what: "the wrong method",
    method: "POST",
    path: "{vm}?api-version=2024-11-01",
    status: 405,
    code: "MethodNotAllowed",
    message: "The requested resource does not support http method 'POST'.",
  },
  {
    what: "GET of an action",
    path: RUN,
    status: 405,
    code: "MethodNotAllowed",
    message: "The requested resource does not support http method 'GET'.",
  },
  {
    what: "an unknown command",
    method: "POST",
    path: RUN,
    body: '{"commandId":"Nope"}',
    status: 404,
    code: "NotFound",
    message: "The entity was not found in this Azure location.",
  },
  {
    what: "an unknown command of the catalogue",
    path: "{sub}/providers/Microsoft.Compute/locations/westeurope/runCommands/Nope?api-version=2024-11-01",
    status: 404,
    code: "NotFound",
    message: "The entity was not found in this Azure location.",
  },
  {
    what: "a Windows command",
    method: "POST",
    path: RUN,
    body: '{"commandId":"RunPowerShellScript"}',
    status: 400,
    code: "BadRequest",
    message: "The command 'RunPowerShellScript' is not supported on the OS type 'Linux' of this virtual machine.",
  },
  {
    what: "no commandId",
    method: "POST",
    path: RUN,
    body: "{}",
    status: 400,
    code: "InvalidParameter",
    message: "Required parameter 'commandId' is missing (null).",
  },
  {
    what: "an empty commandId",
    method: "POST",
    path: RUN,
    body: '{"commandId":""}',
    status: 400,
    code: "InvalidParameter",
    message: "Required parameter 'commandId' is missing (null).",
  },
  {
    what: "a commandId that is no text",
    method: "POST",
    path: RUN,
    body: '{"commandId":5}',
    status: 400,
    code: "InvalidParameter",
    message: "The value of parameter commandId is invalid. It must be string.",
  },
  {
    what: "a script that is no list",
    method: "POST",
    path: RUN,
    body: '{"commandId":"RunShellScript","script":"ls"}',
    status: 400,
    code: "InvalidParameter",
    message: "The value of parameter script is invalid. It must be array,null.",
  },
  {
    what: "a parameter without a value",
    method: "POST",
    path: RUN,
    body: '{"commandId":"RunShellScript","parameters":[{"name":"a"}]}',
    status: 400,
    code: "InvalidParameter",
    message: "Required parameter 'parameters.0.value' is missing (null).",
  },
  {
    what: "broken JSON",
    method: "POST",
    path: RUN,
    body: '{"commandId":',
    status: 400,
    code: "InvalidRequestContent",
    message: /^The request content was invalid and could not be deserialized: '/,
  },
  {
    what: "no body",
    method: "POST",
    path: RUN,
    status: 400,
    code: "InvalidRequestContent",
    message: /^The request content was invalid and could not be deserialized: '/,
  },
  {
    what: "a list as body",
    method: "POST",
    path: RUN,
    body: "[]",
    status: 400,
    code: "InvalidRequestContent",
    message: /not a JSON object/,
  },
])("$what: $status $code", async ({ method = "GET", path, body, status, code, message }) => {
  const url = path.replace("{vm}", sim.machine).replace("{sub}", sim.subscription);
  const answer = await sim.arm(url, {
    method,
    ...(body === undefined ? {} : { body, headers: { "content-type": "application/json" } }),
  });
  expect(answer.status).toBe(status);
  const { error } = JSON.parse(answer.body) as { error: { code: string; message: string } };
  expect(error.code).toBe(code);
  expect(error.message).toEqual(typeof message === "string" ? message : expect.stringMatching(message));
  expect(sim.guest.scripts).toEqual([]);
});

test.each(["/", "/nope", "/metadata/nope?api-version=2022-09-01"])(
  "a path that nobody serves (%s) is not found in ARM's form",
  async (path) => {
    const answer = await sim.call(path);
    expect(answer).toMatchObject({
      status: 404,
      headers: { "x-ms-failure-cause": "gateway", "content-type": "application/json; charset=utf-8" },
    });
    const uri = path.split("?")[0];
    expect(JSON.parse(answer.body)).toEqual({
      error: { code: "NotFound", message: `No HTTP resource was found that matches the request URI '${uri}'.` },
    });
  },
);

test("an api-version that is given twice to /metadata/endpoints counts as it was given last", async () => {
  const answer = await sim.call("/metadata/endpoints?api-version=2019-05-01&api-version=2022-09-01");
  expect(JSON.parse(answer.body)).toMatchObject({ portal: "https://portal.azure.com" });
});

test("a body above 4 MB is refused", async () => {
  const body = JSON.stringify({ commandId: "RunShellScript", script: ["x".repeat(4_200_000)] });
  expect(await sim.arm(`${sim.machine}/runCommand`, { method: "POST", body })).toMatchObject({ status: 413 });
});

test("what the gateway refuses carries x-ms-failure-cause", async () => {
  expect((await sim.arm(`${sim.machine}9`)).headers["x-ms-failure-cause"]).toBe("gateway");
});

test("405 says which methods there are", async () => {
  expect((await sim.arm(sim.machine, { method: "PUT" })).headers.allow).toBe("GET, DELETE");
});

test.each([
  (path: string) => path.toLowerCase(),
  (path: string) => path.replace("resourceGroups", "resourcegroups"),
  (path: string) => path.toUpperCase().replace("/SUBSCRIPTIONS", "/subscriptions"),
])("paths do not differ by case", async (change) => {
  expect(await sim.arm(change(sim.machine))).toMatchObject({ status: 200 });
});

test.each(["2015-06-15", "2017-12-01", "2024-11-01", "2026-04-01", "2031-01-01", "2024-11-01-preview"])(
  "api-version %s is taken",
  async (version) => {
    expect(await sim.arm(`${sim.machine}?api-version=${version}`)).toMatchObject({ status: 200 });
  },
);

test("subscriptions, tenants and groups can be listed", async () => {
  const id = sim.simulator.environment.ARM_SUBSCRIPTION_ID;
  expect(JSON.parse((await sim.arm("/subscriptions?api-version=2022-12-01")).body).value).toMatchObject([
    { id: `/subscriptions/${id}`, subscriptionId: id, state: "Enabled" },
  ]);
  expect(JSON.parse((await sim.arm("/tenants?api-version=2022-12-01")).body).value).toMatchObject([
    { tenantId: sim.simulator.environment.ARM_TENANT_ID },
  ]);
  expect(
    JSON.parse((await sim.arm(`${sim.subscription}/resourceGroups?api-version=2022-12-01`)).body).value,
  ).toMatchObject([{ name: "rg", location: "westeurope" }]);
  expect(
    JSON.parse(
      (await sim.arm(`${sim.subscription}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines`)).body,
    ).value,
  ).toMatchObject([{ name: "vm1" }]);
});

test("a VM can be had with its instance view", async () => {
  const plain = JSON.parse((await sim.arm(sim.machine)).body);
  const expanded = JSON.parse((await sim.arm(`${sim.machine}?$expand=instanceView&api-version=2026-04-01`)).body);
  expect(plain.properties).not.toHaveProperty("instanceView");
  expect(expanded.properties.instanceView.statuses[1].code).toBe("PowerState/running");
  const twice = await sim.arm(`${sim.machine}?$expand=userData&$expand=instanceView&api-version=2026-04-01`);
  expect(twice.status).toBe(200);
  expect(JSON.parse(twice.body).properties).toHaveProperty("instanceView");
  expect(plain.properties.vmId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});
