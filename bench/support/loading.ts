/** How long a fresh process takes to load a module, and what it loads. */
import { execFileSync } from "node:child_process";
import { ROOT } from "../clients/client";

export interface Loading {
  readonly milliseconds: number;
  readonly files: number;
}

/**
 * @param before what such a process has loaded already.
 * @param module a name that the package's users could write.
 */
export function loadInFreshProcess(module: string, before: readonly string[] = []): Loading {
  const program = `
    const load = require("node:module").createRequire(process.cwd() + "/");
    ${before.map((one) => `load(${JSON.stringify(one)});`).join("\n")}
    const filesBefore = Object.keys(require.cache).length;
    const began = process.hrtime.bigint();
    load(${JSON.stringify(module)});
    const milliseconds = Number(process.hrtime.bigint() - began) / 1e6;
    console.log(JSON.stringify({ milliseconds, files: Object.keys(require.cache).length - filesBefore }));
  `;
  return JSON.parse(execFileSync(process.execPath, ["--eval", program], { cwd: ROOT, encoding: "utf8" })) as Loading;
}

export interface LoadedFile {
  readonly file: string;
  /** Without what it loads itself. */
  readonly milliseconds: number;
}

/** The files that take the most, slowest first. */
export function slowestFiles(module: string, count: number): readonly LoadedFile[] {
  const program = `
    const Module = require("node:module");
    const load = Module.prototype.require;
    const open = [];
    const own = new Map();
    Module.prototype.require = function (id) {
      const began = process.hrtime.bigint();
      const inside = { ns: 0n };
      open.push(inside);
      try {
        return load.call(this, id);
      } finally {
        open.pop();
        const ns = process.hrtime.bigint() - began;
        if (open.length > 0) open.at(-1).ns += ns;
        let file = id;
        try { file = Module._resolveFilename(id, this); } catch {}
        own.set(file, (own.get(file) ?? 0) + Number(ns - inside.ns) / 1e6);
      }
    };
    Module.createRequire(process.cwd() + "/")(${JSON.stringify(module)});
    const files = [...own].map(([file, milliseconds]) => ({ file: file.replace(process.cwd() + "/", ""), milliseconds }));
    console.log(JSON.stringify(files.sort((a, b) => b.milliseconds - a.milliseconds).slice(0, ${count})));
  `;
  return JSON.parse(
    execFileSync(process.execPath, ["--eval", program], { cwd: ROOT, encoding: "utf8" }),
  ) as readonly LoadedFile[];
}
