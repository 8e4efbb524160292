namespace Whalescale.Tests.Architecture;

/// <summary>What one product project may do. The table is the law; project files and DESIGN.md agree with it.</summary>
/// <param name="Name">Short name: the project is <c>Whalescale.{Name}</c>.</param>
/// <param name="Folder">Where it lives.</param>
/// <param name="Kind">What it may touch outside itself.</param>
/// <param name="References">Short names of the projects it references.</param>
internal sealed record ProjectLaw(string Name, string Folder, ProjectKind Kind, IReadOnlyList<string> References)
{
    private static readonly string[] Core =
        ["Abstractions", "Types", "Crypto", "Session", "Path", "Multipath", "Gossip", "Nat", "Anchor", "Bootstrap"];

    /// <summary>Every product project, lowest first.</summary>
    public static IReadOnlyList<ProjectLaw> Table { get; } =
    [
        new("Abstractions", "abstractions", ProjectKind.Contracts, []),
        new("Types", "modules", ProjectKind.Pure, ["Abstractions"]),
        new("Crypto", "modules", ProjectKind.Pure, ["Abstractions"]),
        new("Session", "modules", ProjectKind.Pure, ["Abstractions", "Types", "Crypto"]),
        new("Path", "modules", ProjectKind.Pure, ["Abstractions", "Types"]),
        new("Multipath", "modules", ProjectKind.Pure, ["Abstractions", "Types"]),
        new("Gossip", "modules", ProjectKind.Pure, ["Abstractions", "Types", "Crypto"]),
        new("Nat", "modules", ProjectKind.Pure, ["Abstractions", "Types"]),
        new("Anchor", "modules", ProjectKind.Pure, ["Abstractions", "Types"]),
        new("Bootstrap", "modules", ProjectKind.Pure, ["Abstractions", "Types", "Crypto"]),
        new("Transport", "modules", ProjectKind.InputOutput, ["Abstractions", "Types"]),
        new("Tun", "modules", ProjectKind.InputOutput, ["Abstractions", "Types"]),
        new("Connectors", "modules", ProjectKind.InputOutput, ["Abstractions", "Types"]),
        new("Node", "host", ProjectKind.Pure, [.. Core, "Tun"]),
        new("Simulation", "host", ProjectKind.Pure, [.. Core, "Tun", "Node"]),
        new("Agent", "host", ProjectKind.InputOutput,
            [.. Core, "Transport", "Tun", "Connectors", "Node", "Simulation"]),
    ];

    /// <summary>Projects that hold native memory or call native libraries, and may therefore say
    /// <c>unsafe</c>.</summary>
    public static IReadOnlyList<string> MayBeUnsafe { get; } =
        ["Abstractions", "Crypto", "Transport", "Tun", "Connectors", "Agent"];

    public static IEnumerable<ProjectLaw> Pure => Table.Where(project => project.Kind == ProjectKind.Pure);

    /// <summary>Everything that may not open sockets, files or threads: the pure projects and the contracts.</summary>
    public static IEnumerable<ProjectLaw> WithoutInputOutput =>
        Table.Where(project => project.Kind != ProjectKind.InputOutput);

    public string ProjectFile => $"{Folder}/Whalescale.{Name}/Whalescale.{Name}.csproj";

    /// <summary>The built assembly; the agent's bears the name of the command.</summary>
    public string AssemblyFile =>
        Path.Combine(RepositoryFiles.Binaries, Name == "Agent" ? "whalescale.dll" : $"Whalescale.{Name}.dll");

    public override string ToString() => Name;
}

/// <summary>What a project may touch outside itself.</summary>
internal enum ProjectKind
{
    /// <summary>Declares contracts; tasks and streams may stand in their signatures, nothing is opened.</summary>
    Contracts,

    /// <summary>No clock, chance, socket, file, thread or task.</summary>
    Pure,

    /// <summary>Opens sockets, devices, files, threads.</summary>
    InputOutput,
}
