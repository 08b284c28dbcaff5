/** What the imitation of VM, guest agent and handler does without a source. Everything else cites its source where it is done. */
export const ASSUMED: readonly string[] = [
  "A handler that was killed is noticed at once, and the agent runs `enable` again at once; the real agent does so at its next start or goal state.",
  "A run that `uninstall` ends reports `Enable succeeded: Last script execution didn't finish.`",
  "The agent's folder of the extension, with `mrseq`, goes at removal (WALinuxAgent rm_ext_handler_dir), so sequence numbers start at 0 again, although the handler's own `uninstall` keeps `mrseq`.",
  "A run whose handler had not yet begun when the VM went off is not begun at the next start; the real agent still has its settings and would.",
  "`uninstall` ends a script by killing the handler's process group; processes in sessions of their own live on.",
  "LANG is C.UTF-8, PATH is systemd's default, `_` is /usr/bin/nohup and the umask is 022 in a script.",
  "AZURE_GUEST_AGENT_EXTENSION_VERSION, _EXTENSION_PATH, _EXTENSION_SUPPORTED_FEATURES and _WIRE_PROTOCOL_ADDRESS have plausible values.",
  "A reboot from within takes as long as the guest needs to start; nothing waits for services to end.",
  "`reboot`, `poweroff`, `halt` and `shutdown` in the guest are the simulator's own: there is no systemd.",
  "A message that the agent would cut, because the status file is above 128 KiB, cannot arise with two tails of 4,096 bytes and is not imitated.",
];
