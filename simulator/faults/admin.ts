/** `/_simulator/faults`: sets faults, says what became of them, and removes them. */
import type { FastifyInstance } from "fastify";
import { speakJson } from "../admin-json";
import type { FaultChoice, FaultReport } from "./choice";
import { describeFaultProblem } from "./problem";
import { readFaults } from "./read";

export async function faultsPlugin(app: FastifyInstance, { faults }: { faults: FaultChoice }): Promise<void> {
  const list = (): object[] => faults.list().map(faultDocument);
  speakJson(app);
  app.get("/", async () => list());
  app.delete("/", async () => {
    faults.clear();
    return list();
  });
  app.post("/", async (request, reply) => {
    const reading = readFaults(request.body);
    switch (reading.kind) {
      case "faults":
        faults.add(reading.faults);
        return list();
      case "problem": {
        const where = reading.at === undefined ? "" : `fault ${reading.at + 1}: `;
        return reply.code(400).send({ error: `${where}${describeFaultProblem(reading.problem)}` });
      }
    }
  });
}

/** As it was given, with what was not said filled in. */
function faultDocument({ fault: { name, ...rest }, matched, struck }: FaultReport): object {
  return { fault: name, ...rest, matched, struck };
}
