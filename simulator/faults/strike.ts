/** Acts on the connection of a request that a fault strikes: closes it, resets it, or leaves the answer half sent. */
import type { Socket } from "node:net";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Clock } from "../clock";
import type { RequestLog } from "../request-log";
import type { FaultChoice } from "./choice";
import { type Effect, effectOf } from "./effect";
import type { Sight } from "./fault";

export class Striker {
  /** The TCP side of each connection, by its other end: a TLS socket cannot reset (ERR_INVALID_HANDLE_TYPE). */
  private readonly connections = new Map<string, Socket>();

  constructor(
    private readonly faults: FaultChoice,
    private readonly clock: Clock,
    private readonly requests: RequestLog,
  ) {}

  /** For the server's event `connection`. */
  readonly watch = (socket: Socket): void => {
    const name = otherEnd(socket);
    this.connections.set(name, socket);
    socket.once("close", () => this.connections.delete(name));
  };

  /** @returns what happens to this request; undefined: nothing. */
  choose(request: FastifyRequest, sight: Sight): Effect | undefined {
    const fault = this.faults.choose(sight);
    if (fault === undefined) {
      return undefined;
    }
    this.requests.noteFault(request.raw, fault.name);
    return effectOf(fault);
  }

  /** No answer: the connection ends, by and by. */
  hangUp(reply: FastifyReply, end: "close" | "reset", afterMs: number): FastifyReply {
    this.takeOver(reply, null);
    const { socket } = reply.request.raw;
    const hangUp = (): void => {
      switch (end) {
        case "close":
          socket.destroy();
          break;
        case "reset":
          this.connections.get(otherEnd(socket))?.resetAndDestroy();
      }
    };
    if (afterMs === 0) {
      hangUp();
    } else {
      this.clock.at(this.clock.nowMs() + afterMs, hangUp);
    }
    return reply;
  }

  /** The head of the whole answer with half of its body; of an answer without a body, nothing. */
  sendHalf(reply: FastifyReply, body: string): FastifyReply {
    const bytes = Buffer.from(body);
    if (bytes.length === 0) {
      return this.hangUp(reply, "close", 0);
    }
    this.takeOver(reply, reply.statusCode);
    const { raw } = reply.header("content-length", String(bytes.length));
    raw.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string>);
    raw.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => raw.socket?.destroySoon());
    return reply;
  }

  /** Fastify neither sends nor logs an answer that does not end. */
  private takeOver(reply: FastifyReply, status: number | null): void {
    const { raw, method, url } = reply.request;
    reply.hijack();
    reply.raw.once("close", () => this.requests.add(raw, { method, url, status, nowMs: this.clock.nowMs() }));
  }
}

/** Half of a text, for answers that end too early without anybody noticing. */
export function firstHalf(text: string): string {
  return text.slice(0, Math.floor(text.length / 2));
}

function otherEnd({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
