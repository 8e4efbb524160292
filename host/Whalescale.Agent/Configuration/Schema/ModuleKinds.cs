namespace Whalescale.Agent.Configuration.Schema;

/// <summary>Kinds of modules that configuration picks by name.</summary>
internal static class ModuleKinds
{
    public const string Scheduler = "scheduler";

    public const string Discovery = "discovery";

    public const string Nat = "nat";
}
