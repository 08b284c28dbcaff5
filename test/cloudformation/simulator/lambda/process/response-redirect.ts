/**
 * Sends the answers of custom resources to the simulator instead of S3.
 *
 * The CDK's framework asks `https.request({hostname, path})`, and so always for port 443 of the host of the ResponseURL.
 * Source: aws-cdk-lib/custom-resources/lib/provider-framework/runtime/cfn-response.js. Its code stays as it is: this
 * process's `https.request` and `https.get` are what differs.
 */
import http from "node:http";
import https from "node:https";
import { syncBuiltinESMExports } from "node:module";
import { RESPONSE_HOST_SUFFIX } from "./protocol";

type RequestCall = (...args: unknown[]) => http.ClientRequest;

export function redirectResponses(port: number): void {
  const direct = https.request as RequestCall;
  const request: RequestCall = (...args) => {
    const { options, rest } = readArguments(args);
    const hostname = String(options.hostname ?? options.host ?? "");
    if (!hostname.endsWith(RESPONSE_HOST_SUFFIX)) {
      return direct(...args);
    }
    const { agent: _agent, host: _host, ...others } = options;
    const target = { ...others, protocol: "http:", hostname: "127.0.0.1", port };
    return (http.request as RequestCall)(target, ...rest);
  };
  const get: RequestCall = (...args) => {
    const sent = request(...args);
    sent.end();
    return sent;
  };
  Object.assign(https, { request, get });
  syncBuiltinESMExports();
}

/** `(options, callback)`, `(url, callback)` or `(url, options, callback)`. */
function readArguments(args: readonly unknown[]): { options: https.RequestOptions; rest: readonly unknown[] } {
  const [first, ...rest] = args;
  if (typeof first !== "string" && !(first instanceof URL)) {
    return { options: (first ?? {}) as https.RequestOptions, rest };
  }
  const { hostname, pathname, search } = new URL(first);
  const fromUrl = { hostname, path: `${pathname}${search}` };
  const [second, ...others] = rest;
  return typeof second === "object" && second !== null
    ? { options: { ...fromUrl, ...second }, rest: others }
    : { options: fromUrl, rest };
}
