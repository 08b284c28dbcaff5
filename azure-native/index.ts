/** Helpers for programs that create their Azure resources by azure-native. */
export {};
