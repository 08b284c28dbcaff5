/** How the simulator's own interface reads bodies, and how it says what is wrong with them. */
import type { FastifyError, FastifyInstance } from "fastify";

type ValidationProblem = NonNullable<FastifyError["validation"]>[number];

/** JSON whatever it is called, or nothing; errors as `{"error": sentence}`. For the plugin that `app` stands for. */
export function speakJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  // A DELETE without a body may have a content type.
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => {
    try {
      done(null, String(body).trim() === "" ? undefined : JSON.parse(String(body)));
    } catch (error) {
      done(Object.assign(error as Error, { statusCode: 400 }));
    }
  });
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const status = error.statusCode ?? 500;
    const [problem] = error.validation ?? [];
    const sentence = problem === undefined ? `cannot read the body: ${error.message}` : describe(problem);
    return reply.code(status).send({ error: status < 500 ? sentence : error.message });
  });
}

function describe({ keyword, instancePath, params, message }: ValidationProblem): string {
  const where = instancePath.slice(1).replace(/\//g, ".") || "the body";
  switch (keyword) {
    case "required":
      return `${where} has no '${params.missingProperty}'`;
    case "additionalProperties":
      return `${where} has '${params.additionalProperty}', which is not known`;
    case "enum":
      return `${where} is not known, expected one of ${(params.allowedValues as string[]).join(", ")}`;
    default:
      return `${where} ${message ?? "is not as expected"}`;
  }
}
