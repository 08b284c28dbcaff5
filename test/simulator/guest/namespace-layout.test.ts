import type { Dirent } from "node:fs";
import { layOut, upperName } from "../../../simulator/guest/namespace-layout";

/** A tree of folders (objects), links (strings beginning with >) and files (other strings). */
interface Tree {
  readonly [name: string]: Tree | string;
}

function reader(tree: Tree) {
  const at = (path: string): Tree | string =>
    path
      .split("/")
      .filter(Boolean)
      .reduce<Tree | string>((node, name) => (typeof node === "string" ? node : (node[name] ?? "")), tree);
  return {
    list: (folder: string) => Object.keys(at(folder)).map((name) => entry(name, at(`${folder}/${name}`))),
    link: (path: string) => String(at(path)).slice(1),
  };
}

function entry(name: string, node: Tree | string): Dirent {
  const kind = typeof node !== "string" ? "folder" : node.startsWith(">") ? "link" : "file";
  return {
    name,
    isDirectory: () => kind === "folder",
    isSymbolicLink: () => kind === "link",
    isFile: () => kind === "file",
  } as Dirent;
}

const MACHINE: Tree = {
  bin: ">usr/bin",
  usr: { bin: {} },
  etc: {},
  var: { lib: { sim: { vm1: {} }, dpkg: {}, x: "file" }, log: {}, run: ">/run" },
  home: { user: {} },
  work: {},
  root: {},
  proc: {},
};

const paths = (kind: string, state: string): string[] =>
  layOut("/", state, reader(MACHINE)).flatMap((shown) => (shown.kind === kind ? [shown.path] : []));

test("of this machine's root only the system is shown", () => {
  expect(paths("overlay", "/tmp/state")).toEqual(["/usr", "/etc", "/var"]);
  expect(paths("link", "/tmp/state")).toEqual(["/bin"]);
  expect(paths("file", "/tmp/state")).toEqual([]);
});

test("homes and the like are new folders", () => {
  expect(paths("folder", "/tmp/state")).toEqual(
    ["home", "root", "srv", "mnt", "media", "opt", "boot", "proc", "sys", "dev", "run", "tmp"].map(
      (name) => `/${name}`,
    ),
  );
});

test("the folders above the state folder are taken apart, and the state folder is not shown", () => {
  expect(paths("overlay", "/var/lib/sim")).toEqual(["/usr", "/etc", "/var/lib/dpkg", "/var/log"]);
  expect(paths("folder", "/var/lib/sim").slice(0, 2)).toEqual(["/var", "/var/lib"]);
  expect(paths("link", "/var/lib/sim")).toEqual(["/bin", "/var/run"]);
  expect(paths("file", "/var/lib/sim")).toEqual(["/var/lib/x"]);
});

test("the folder that guests share is hidden as a whole", () => {
  expect(paths("overlay", "/var/lib/sim/vm1")).toEqual(paths("overlay", "/var/lib/sim"));
  expect(paths("folder", "/var/lib/sim/vm1")).not.toContain("/var/lib/sim");
});

test("a given root is shown whole", () => {
  const shown = layOut("/images/a", "/tmp/state", reader({ images: { a: { usr: {}, data: {}, home: {}, tmp: {} } } }));
  expect(shown.filter(({ kind }) => kind === "overlay")).toEqual([
    { kind: "overlay", path: "/usr", lower: "/images/a/usr" },
    { kind: "overlay", path: "/data", lower: "/images/a/data" },
    { kind: "overlay", path: "/home", lower: "/images/a/home" },
  ]);
});

test("two paths never share the folder of their changes", () => {
  expect(upperName("/var/lib")).toBe("var%2Flib");
  expect(upperName("/var%2Flib")).not.toBe(upperName("/var/lib"));
});
