/** The headers that Azure puts on every answer. */

export interface HeaderFacts {
  readonly nowMs: number;
  readonly requestId: string;
  /** What the client sent as `x-ms-correlation-request-id`, if it did. */
  readonly correlationId: string | undefined;
  readonly location: string;
  readonly tenantId: string;
  readonly objectId: string;
}

/**
 * Names and fixed values as in 2026. Source: Azure/azure-cli test_enable_trusted_launch_on_v1.yaml (2026-04), fixtures
 * operation-deallocate and vm-get. The three request ids were removed from all recordings; they are in every debug log
 * (e.g. Azure/azure-powershell#12544: `x-ms-routing-request-id: WESTUS2:20200730T233856Z:{guid}`). Until 2022 answers of
 * Compute also had `server: Microsoft-HTTPAPI/2.0` and `vary: Accept-Encoding`; those of 2026 have neither.
 */
export function commonHeaders(facts: HeaderFacts): Record<string, string> {
  const iso = new Date(facts.nowMs).toISOString();
  const routed = `${iso.slice(0, 19).replace(/[-:]/g, "")}Z`;
  const correlationId = facts.correlationId ?? facts.requestId;
  return {
    "cache-control": "no-cache",
    pragma: "no-cache",
    expires: "-1",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-cache": "CONFIG_NOCACHE",
    "x-ms-request-id": facts.requestId,
    "x-ms-correlation-request-id": correlationId,
    "x-ms-routing-request-id": `${facts.location.toUpperCase()}:${routed}:${correlationId}`,
    "x-msedge-ref": `Ref A: ${facts.requestId.replace(/-/g, "").toUpperCase()} Ref B: SIMULATOR Ref C: ${iso.slice(0, 19)}Z`,
    date: new Date(facts.nowMs).toUTCString(),
  };
}

/** `tenantId=…,objectId=…/{location}/{guid}` on operations. Source: fixtures operation-deallocate. */
export function operationIdentifier(facts: HeaderFacts): string {
  return `tenantId=${facts.tenantId},objectId=${facts.objectId}/${facts.location}/${facts.requestId}`;
}
