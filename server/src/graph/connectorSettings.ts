import { collectionOf, complexType, enumType, evolvable, int32, of, string, strings } from "../edm/define.ts";
import type { TypeDefinition } from "../edm/resource.ts";

const call = {
  url: string({ maxLength: 4096, description: "The address; placeholders such as {parameters.ip} stand in its path and query alone." }),
  method: of("securityHttpMethod", { description: "POST unless said otherwise." }),
  headers: collectionOf("keyValuePair", { description: "Fields of the head; placeholders stand in their values." }),
  contentType: string({ maxLength: 128, description: "Type of the body, which decides how values are escaped: application/json unless said otherwise." }),
  body: string({ maxLength: 65_536, description: "The body with its placeholders; without one the whole order is sent as JSON, where the method has a body." }),
};

/** How each kind of connector is told what to do: one complex type for each kind. */
export const connectorSettings: readonly TypeDefinition[] = [
  enumType("securityHttpMethod", evolvable("POST", "PUT", "PATCH", "DELETE", "GET")),
  complexType("securityHttpCall", {
    action: string({ maxLength: 256, description: "The name of the action that it belongs to, among `requests`." }),
    ...call,
  }),
  complexType("securityHttpSettings", {
    ...call,
    requests: collectionOf("securityHttpCall", { description: "What differs for single actions." }),
    poll: of("securityHttpCall", {
      description: "How work that runs on is asked for; {handle} is its handle. Without it the Location of the answer is asked.",
    }),
    cancel: of("securityHttpCall", { description: "How work that runs on is stopped." }),
    statusPointer: string({ maxLength: 256, description: "JSON Pointer to the member of an answer that says how it stands." }),
    completedValues: strings({ description: "Values there that mean: done." }),
    runningValues: strings({ description: "Values there that mean: it runs on." }),
    failedValues: strings({ description: "Values there that mean: it failed." }),
    handlePointer: string({ maxLength: 256, description: "JSON Pointer to the id of work that runs on." }),
    messagePointer: string({ maxLength: 256, description: "JSON Pointer to the text that says why it failed." }),
    pollSeconds: int32({ description: "Seconds until work that runs on is asked for, where the answer names none: 5 unless said otherwise." }),
  }),
  enumType("securityOpenC2Transfer", evolvable("v1_0", "v1_1")),
  complexType("securityOpenC2Command", {
    action: string({ nullable: false, maxLength: 256, description: "The name of the action here." }),
    command: string({ nullable: false, maxLength: 32, description: "The action of OpenC2: deny, allow, contain ..." }),
    target: string({
      nullable: false,
      maxLength: 65_536,
      description: "The name of a target (`ip_net`: ipv4_net or ipv6_net by the value) or a JSON object with placeholders.",
    }),
    parameter: string({ maxLength: 256, description: "The parameter whose value a named target gets." }),
    arguments: string({ maxLength: 65_536, description: "Command arguments: a JSON object with placeholders." }),
  }),
  complexType("securityOpenC2Settings", {
    url: string({ maxLength: 4096, description: "The consumer's address." }),
    transfer: of("securityOpenC2Transfer", { description: "The version of the HTTPS transfer specification: v1_0 unless said otherwise." }),
    actuator: string({ maxLength: 65_536, description: 'The actuator: a JSON object with placeholders, such as {"slpf":{"asset_id":"30"}}.' }),
    commands: collectionOf("securityOpenC2Command", { description: "What actions become; BlockIp, UnblockIp and their like are known without it." }),
    pollSeconds: int32({ description: "Seconds until a command that is being processed is asked for: 5 unless said otherwise." }),
  }),
  complexType("securityExecSettings", {
    program: string({ maxLength: 128, description: "The name that the operator gave to a program (`SECGRAPH_EXEC_ALLOW`)." }),
    arguments: strings({ description: "Its arguments, as they are: no placeholders, no shell." }),
  }),
  complexType("securityPullSettings", {
    leaseSeconds: int32({ description: "Seconds that an actuator has before its work is given to another: 60 unless said otherwise, 5 to 3600." }),
  }),
  enumType("securityMockOutcomeKind", evolvable("completed", "failed", "retry", "accepted", "acceptedThenFailed", "timeout", "rubbish")),
  complexType("securityMockOutcome", {
    action: string({ maxLength: 256, description: "The action that it is for; null for every action." }),
    outcome: of("securityMockOutcomeKind", { nullable: false }),
    milliseconds: int32({ description: "How long it takes: before the answer, of accepted work after it." }),
    code: int32({ description: "The code of its error." }),
    message: string({ maxLength: 1024, description: "The message of its error." }),
  }),
  complexType("securityMockSettings", {
    outcomes: collectionOf("securityMockOutcome", {
      description: "What becomes of the first attempt, the second ...; the last stays. Without any: completed.",
    }),
  }),
];
