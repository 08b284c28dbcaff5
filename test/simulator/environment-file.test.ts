/** The variables for clients: what they hold, how they are quoted, whom they trust, and who can read them. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  environmentVariables,
  exportLines,
  planTrust,
  writeEnvironmentFile,
  writeTrustFiles,
} from "../../simulator/environment-file";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "environment-file-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const FACTS = {
  subscriptionId: "sub",
  tenantId: "tenant",
  clientId: "client",
  clientSecret: "secret",
  endpoint: "https://localhost:43210",
  key: "key",
  trust: { NODE_EXTRA_CA_CERTS: "/a", REQUESTS_CA_BUNDLE: "/b", SSL_CERT_FILE: "/c" },
};

test("all variables are there", () => {
  expect(environmentVariables(FACTS)).toEqual({
    ARM_SUBSCRIPTION_ID: "sub",
    ARM_TENANT_ID: "tenant",
    ARM_CLIENT_ID: "client",
    ARM_CLIENT_SECRET: "secret",
    ARM_METADATA_HOSTNAME: "localhost:43210",
    AZURE_SUBSCRIPTION_ID: "sub",
    AZURE_TENANT_ID: "tenant",
    AZURE_CLIENT_ID: "client",
    AZURE_CLIENT_SECRET: "secret",
    AZURE_AUTHORITY_HOST: "https://localhost:43210",
    AZURE_CORE_INSTANCE_DISCOVERY: "false",
    NODE_EXTRA_CA_CERTS: "/a",
    REQUESTS_CA_BUNDLE: "/b",
    SSL_CERT_FILE: "/c",
    AZURE_RUN_COMMAND_SIMULATOR_KEY: "key",
  });
});

test.each(["plain", "it's", "a b", "$(reboot)`x`\\", '"', "two\nlines", "'"])("a shell reads back %j", (value) => {
  const file = join(folder, "env");
  writeFileSync(file, exportLines({ VALUE: value }));
  expect(execFileSync("/bin/sh", ["-c", `. '${file}'; printf %s "$VALUE"`], { env: {} }).toString()).toBe(value);
});

describe("the file", () => {
  const modeOf = (file: string): number => statSync(file).mode & 0o777;

  test("is the user's alone, even where new files are everybody's", () => {
    const file = join(folder, "env");
    const umask = process.umask(0);
    writeEnvironmentFile(file, { A: "1" });
    process.umask(umask);
    expect(modeOf(file)).toBe(0o600);
    expect(readFileSync(file, "utf8")).toBe("export A='1'\n");
    expect(readdirSync(folder)).toEqual(["env"]);
  });

  test("that others could read before is the user's alone afterwards, and is another file", () => {
    const file = join(folder, "env");
    writeFileSync(file, "old");
    chmodSync(file, 0o644);
    const before = statSync(file).ino;
    writeEnvironmentFile(file, { A: "1" });
    expect(modeOf(file)).toBe(0o600);
    // Written beside and renamed: whoever has the old one open never sees the new secrets.
    expect(statSync(file).ino).not.toBe(before);
  });

  test("in a folder that is not there: one sentence", () => {
    const file = join(folder, "nope", "env");
    expect(() => writeEnvironmentFile(file, {})).toThrow(
      `cannot write the --env-file '${file}': no such file or folder`,
    );
  });
});

describe("trust", () => {
  const ROOT = "ROOT\n";
  const files: Record<string, string> = {
    "/etc/ssl/certs/ca-certificates.crt": "SYSTEM\n",
    "/proxy.pem": "PROXY",
    "/other.pem": "OTHER\n",
  };
  const read = (file: string): string => {
    const text = files[file];
    if (text === undefined) {
      throw Object.assign(new Error(`ENOENT: ${file}`), { code: "ENOENT" });
    }
    return text;
  };

  test("without a proxy: the root alone where clients add it, the system's too where it takes their place", () => {
    expect(planTrust(ROOT, {}, read)).toEqual({
      contents: {
        NODE_EXTRA_CA_CERTS: "ROOT\n",
        REQUESTS_CA_BUNDLE: "SYSTEM\nROOT\n",
        SSL_CERT_FILE: "SYSTEM\nROOT\n",
      },
      warnings: [],
    });
  });

  test("with a proxy: its certificates and the root", () => {
    const environment = {
      NODE_EXTRA_CA_CERTS: "/proxy.pem",
      REQUESTS_CA_BUNDLE: "/proxy.pem",
      SSL_CERT_FILE: "/other.pem",
    };
    expect(planTrust(ROOT, environment, read).contents).toEqual({
      NODE_EXTRA_CA_CERTS: "PROXY\nROOT\n",
      REQUESTS_CA_BUNDLE: "PROXY\nROOT\n",
      SSL_CERT_FILE: "OTHER\nROOT\n",
    });
  });

  test("a variable that names nothing readable is warned about and counts as not set", () => {
    expect(planTrust(ROOT, { REQUESTS_CA_BUNDLE: "/gone.pem", SSL_CERT_FILE: "" }, read)).toEqual({
      contents: {
        NODE_EXTRA_CA_CERTS: "ROOT\n",
        REQUESTS_CA_BUNDLE: "SYSTEM\nROOT\n",
        SSL_CERT_FILE: "SYSTEM\nROOT\n",
      },
      warnings: [
        "REQUESTS_CA_BUNDLE names '/gone.pem', which cannot be read (no such file or folder); going on as if it were not set",
      ],
    });
  });

  test("without a bundle of the system's, the root has to do", () => {
    const nothing = (): string => {
      throw new Error("ENOENT");
    };
    expect(planTrust(ROOT, {}, nothing).contents.SSL_CERT_FILE).toBe("ROOT\n");
  });

  test("there is one file for each different content", () => {
    const written = writeTrustFiles(`${folder}/`, planTrust(ROOT, { SSL_CERT_FILE: "/other.pem" }, read));
    expect(new Set(Object.values(written)).size).toBe(3);
    expect(readFileSync(written.SSL_CERT_FILE, "utf8")).toBe("OTHER\nROOT\n");
    const same = writeTrustFiles(`${folder}/`, planTrust(ROOT, {}, read));
    expect(same.REQUESTS_CA_BUNDLE).toBe(same.SSL_CERT_FILE);
    expect(same.NODE_EXTRA_CA_CERTS).not.toBe(same.SSL_CERT_FILE);
  });
});
