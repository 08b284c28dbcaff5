/**
 * Loads what Pulumi's processes load from compiled code: each deployment starts two of them, and most of their time is Node.js
 * compiling the same megabytes again (0.6 s of a core, 0.35 s with this). Node.js 22 can do that by itself, 20 cannot.
 *
 * As a preloaded module (`--require`) it takes from the file what has not changed; everything else is compiled as ever.
 * As a program (`node compile-cache.cjs FILE MODULE…`) it loads the modules and writes the file.
 */
const { readFileSync, renameSync, statSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { dirname } = require("node:path");
const vm = require("node:vm");

const isProgram = require.main === module;
const file = isProgram ? process.argv[2] : process.env.PULUMI_TEST_COMPILE_CACHE;
/** By path: `version`, and the bytes from `at` to `end`. */
const { index, bytes } = isProgram ? { index: {}, bytes: Buffer.alloc(0) } : read();
const compiled = new Map();

const compileAsEver = Module.prototype._compile;
Module.prototype._compile = function (content, path, ...rest) {
  const known = index[path];
  // A script made here cannot load other modules by "import()".
  const isLeftOut = isProgram ? content.includes("import(") : known?.version !== versionOf(path);
  if (isLeftOut) return compileAsEver.call(this, content, path, ...rest);
  const script = new vm.Script(Module.wrap(content.replace(/^#!.*/, "")), {
    filename: path,
    cachedData: known && bytes.subarray(known.at, known.end),
  });
  compiled.set(path, script);
  return script.runInThisContext().call(this.exports, this.exports, requireOf(this), this, path, dirname(path));
};

function requireOf(from) {
  const found = (request) => from.require(request);
  const resolve = (request, options) => Module._resolveFilename(request, from, false, options);
  return Object.assign(found, {
    resolve,
    main: process.mainModule,
    extensions: Module._extensions,
    cache: Module._cache,
  });
}

function versionOf(path) {
  const { size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? {};
  return `${process.version} ${size} ${mtimeMs}`;
}

function read() {
  const all = readFileSync(file);
  const begin = 4 + all.readUInt32LE();
  return { index: JSON.parse(all.subarray(4, begin)), bytes: all.subarray(begin) };
}

function write() {
  const parts = [];
  let end = 0;
  for (const [path, script] of compiled) {
    const part = script.createCachedData();
    parts.push(part);
    index[path] = { version: versionOf(path), at: end, end: end + part.length };
    end += part.length;
  }
  const head = Buffer.from(JSON.stringify(index));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(head.length);
  writeFileSync(`${file}.${process.pid}`, Buffer.concat([size, head, ...parts]));
  renameSync(`${file}.${process.pid}`, file);
}

if (isProgram) {
  for (const path of process.argv.slice(3)) require(path);
  // After what they do when they are loaded: functions that have run are in the compiled code.
  setImmediate(write);
}
