/** What a browser loads to show the page: fixed files without secrets, so nobody needs a key for them. */
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { FastifyInstance } from "fastify";
import { UNLOGGED } from "../request-log";
import { guardPage } from "./doors";

const FOLDER = join(__dirname, "browser");
const START = "index.html";
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

export async function pageAssetsPlugin(app: FastifyInstance): Promise<void> {
  app.addHook("onRequest", guardPage);
  for (const name of readdirSync(FOLDER)) {
    const type = TYPES[extname(name)];
    if (type === undefined) {
      throw new Error(`the page has a file '${name}' of an unknown type`);
    }
    const content = readFileSync(join(FOLDER, name));
    app.get(name === START ? "/" : `/page/${name}`, { config: UNLOGGED }, async (_request, reply) =>
      reply.type(type).send(content),
    );
  }
}
