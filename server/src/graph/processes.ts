import { boolean, complexType, enumType, evolvable, instant, int32, of, string } from "../edm/define.ts";
import type { Resource } from "../edm/resource.ts";

/** The processes and registry keys that an alert is about. */
export const processes: Resource = {
  name: "processes",
  types: [
    enumType("processIntegrityLevel", evolvable("unknown", "untrusted", "low", "medium", "high", "system")),
    complexType("process", {
      accountName: string(),
      commandLine: string(),
      createdDateTime: instant(),
      fileHash: of("fileHash"),
      integrityLevel: of("processIntegrityLevel"),
      isElevated: boolean(),
      name: string(),
      parentProcessCreatedDateTime: instant(),
      parentProcessId: int32(),
      parentProcessName: string(),
      path: string(),
      processId: int32(),
    }),
    enumType(
      "registryHive",
      evolvable(
        "unknown",
        "currentConfig",
        "currentUser",
        "localMachineSam",
        "localMachineSecurity",
        "localMachineSoftware",
        "localMachineSystem",
        "usersDefault",
      ),
    ),
    enumType("registryOperation", evolvable("unknown", "create", "modify", "delete")),
    enumType(
      "registryValueType",
      evolvable("unknown", "binary", "dword", "dwordLittleEndian", "dwordBigEndian", "expandSz", "link", "multiSz", "none", "qword", "qwordlittleEndian", "sz"),
    ),
    complexType("registryKeyState", {
      hive: of("registryHive"),
      key: string(),
      oldKey: string(),
      oldValueData: string(),
      oldValueName: string(),
      operation: of("registryOperation"),
      processId: int32(),
      valueData: string(),
      valueName: string(),
      valueType: of("registryValueType"),
    }),
  ],
};
