/** Chooses the kind of guests for this machine, once, and makes them. */
import { chooseGuestKind, probeMachine } from "./guest/choose-guest-kind";
import { createGuest } from "./guest/create-guest";
import type { Guest, GuestOptions } from "./guest/guest";
import type { GuestChoice } from "./options";
import { CannotStart } from "./problem";

export async function prepareGuests(
  asked: GuestChoice,
  warn: (line: string) => void,
): Promise<(options: GuestOptions) => Guest> {
  const probe = await probeMachine();
  const choice = chooseGuestKind(asked, probe);
  switch (choice.action) {
    case "refuse":
      throw new CannotStart({ kind: "NoGuests", why: choice.problem });
    case "use": {
      if (choice.guest === "process") {
        warn("--guest process: scripts run on this machine itself, not apart from it");
      }
      const engine = probe.engine === undefined ? {} : { engine: probe.engine };
      return (options) => createGuest(choice.guest, options, { log: warn, ...engine });
    }
  }
}
