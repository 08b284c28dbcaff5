/**
 * Types of what the simulator answers.
 * @typedef {import("../state").PageState} PageState
 * @typedef {import("../state").ShownMachine} ShownMachine
 * @typedef {import("../state").ShownOperation} ShownOperation
 * @typedef {import("../plugin").Result} Result
 * @typedef {import("../guest-files").GuestEntry} GuestEntry
 * @typedef {import("../guest-files").GuestFolder} GuestFolder
 * @typedef {import("../guest-files").GuestText} GuestText
 */
export {};
