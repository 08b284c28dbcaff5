/** The line that leads to the simulator's page. */
import { pageLine } from "../../cli/simulate";

const page = "https://localhost:43210/_simulator/#key=planted-secret";

test("on a terminal it has the key, behind the sign that browsers send to nobody", () => {
  expect(pageLine({ page }, true)).toBe("page: https://localhost:43210/_simulator/#key=planted-secret");
});

test("elsewhere, where it may come into a log, it says where the key is", () => {
  expect(pageLine({ page }, false)).toBe(
    "page: https://localhost:43210/_simulator/ asks for a key, which is AZURE_RUN_COMMAND_SIMULATOR_KEY of the env-file",
  );
});
