import { createServer } from "node:net";
import { expect, test } from "vitest";
import { printIpAddress, readIpAddress } from "../../src/egress/ipAddress.ts";
import { faultOf, listenOn, openEgress, post, rangeOnGrounds, watchAttempts } from "./grounds.ts";
import { createDice } from "../fuzz/dice.ts";

const count = 10_000;
