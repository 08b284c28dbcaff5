/** Looks at VMs as any client of Azure does: whether the extension is in a VM's instance view. */
import { readFileSync } from "node:fs";
import { request } from "node:https";
import type { SimulatorProcess } from "../../e2e/support/simulator-process";

const HANDLER = "Microsoft.CPlat.Core.RunCommandLinux";

interface InstanceView {
  readonly vmAgent?: { readonly extensionHandlers?: readonly { readonly type: string }[] };
}

export class Arm {
  private readonly ca: Buffer;
  private token: string | undefined;

  constructor(private readonly simulator: SimulatorProcess) {
    this.ca = readFileSync(simulator.environment.NODE_EXTRA_CA_CERTS ?? "");
  }

  idOf(vm: string): string {
    const { ARM_SUBSCRIPTION_ID } = this.simulator.environment;
    return `/subscriptions/${ARM_SUBSCRIPTION_ID}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/${vm}`;
  }

  /** Of a VM that runs. */
  async hasExtension(vm: string): Promise<boolean> {
    this.token ??= await this.newToken();
    const authorization = `Bearer ${this.token}`;
    const view = (await this.send("GET", `${this.idOf(vm)}/instanceView?api-version=2024-11-01`, {
      authorization,
    })) as InstanceView;
    return view.vmAgent?.extensionHandlers?.some(({ type }) => type === HANDLER) === true;
  }

  private async newToken(): Promise<string> {
    const { ARM_TENANT_ID, ARM_CLIENT_ID = "", ARM_CLIENT_SECRET = "" } = this.simulator.environment;
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: ARM_CLIENT_ID,
      client_secret: ARM_CLIENT_SECRET,
      scope: "https://management.core.windows.net//.default",
    }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const reply = await this.send("POST", `/${ARM_TENANT_ID}/oauth2/v2.0/token`, headers, form);
    return (reply as { access_token: string }).access_token;
  }

  private send(method: string, path: string, headers: Record<string, string>, body?: string): Promise<unknown> {
    const { ca } = this;
    return new Promise((resolve, reject) => {
      const sent = request(`${this.simulator.endpoint}${path}`, { method, headers, ca }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk) => {
          text += chunk;
        });
        response.on("end", () => {
          if (response.statusCode === 200) resolve(JSON.parse(text));
          else reject(new Error(`${method} ${path} answered ${response.statusCode}: ${text}`));
        });
      });
      sent.on("error", (error) => {
        // An idle connection was closed at that very moment: nothing here does harm twice.
        if (sent.reusedSocket) resolve(this.send(method, path, headers, body));
        else reject(new Error(`${method} ${path}: ${error.message}`, { cause: error }));
      });
      sent.end(body);
    });
  }
}
