using System.Runtime.InteropServices;

namespace Whalescale.Agent.Runtime;

/// <summary>Keeps the keys in memory from ending up in a file: no core dump, no debugger of another user.</summary>
internal static partial class ProcessSecrecy
{
    private const int SetDumpable = 4; // PR_SET_DUMPABLE

    /// <summary>Applies to this process from now on.</summary>
    /// <returns>False if the system refused; true also where it has no such switch.</returns>
    internal static bool TryApply() =>
        !OperatingSystem.IsLinux() || ProcessControl(SetDumpable, 0, 0, 0, 0) == 0;

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int ProcessControl(int option, nuint second, nuint third, nuint fourth, nuint fifth);
}
