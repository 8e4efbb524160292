using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Whalescale.Tests.Architecture;

/// <summary>What a built assembly mentions, read from its metadata without loading it.</summary>
/// <remarks>The table of type references holds every outside type that a field, parameter, return value, local variable
/// or instruction names, so one look at it covers them all.</remarks>
internal sealed class AssemblyFacts
{
    private AssemblyFacts(MetadataReader reader)
    {
        foreach (TypeReferenceHandle handle in reader.TypeReferences)
            Types.Add(new UsedType(AssemblyOf(reader, handle), FullName(reader, handle)));

        foreach (MemberReferenceHandle handle in reader.MemberReferences)
        {
            MemberReference member = reader.GetMemberReference(handle);
            if (member.Parent.Kind == HandleKind.TypeReference)
                Members.Add($"{FullName(reader, (TypeReferenceHandle)member.Parent)}.{reader.GetString(member.Name)}");
        }

        foreach (TypeDefinitionHandle handle in reader.TypeDefinitions)
        {
            TypeDefinition type = reader.GetTypeDefinition(handle);
            DefinedTypes.Add((reader.GetString(type.Namespace), reader.GetString(type.Name)));
        }

        for (int row = 1; row <= reader.GetTableRowCount(TableIndex.ModuleRef); row++)
        {
            ModuleReferenceHandle handle = MetadataTokens.ModuleReferenceHandle(row);
            NativeLibraries.Add(reader.GetString(reader.GetModuleReference(handle).Name));
        }
    }

    /// <summary>Types of other assemblies.</summary>
    public HashSet<UsedType> Types { get; } = [];

    /// <summary>Members of other assemblies' non-generic types: "System.DateTime.get_UtcNow".</summary>
    public HashSet<string> Members { get; } = [];

    /// <summary>Namespace and name of every type of its own; the namespace of a nested type is empty.</summary>
    public List<(string Namespace, string Name)> DefinedTypes { get; } = [];

    /// <summary>Libraries it calls by P/Invoke.</summary>
    public List<string> NativeLibraries { get; } = [];

    public static AssemblyFacts Of(string file)
    {
        using var image = new PEReader(File.OpenRead(file));
        return new AssemblyFacts(image.GetMetadataReader());
    }

    private static string FullName(MetadataReader reader, TypeReferenceHandle handle)
    {
        TypeReference type = reader.GetTypeReference(handle);
        string name = reader.GetString(type.Name);
        if (type.ResolutionScope.Kind == HandleKind.TypeReference)
            return $"{FullName(reader, (TypeReferenceHandle)type.ResolutionScope)}+{name}";
        string space = reader.GetString(type.Namespace);
        return space.Length == 0 ? name : $"{space}.{name}";
    }

    private static string AssemblyOf(MetadataReader reader, TypeReferenceHandle handle)
    {
        EntityHandle scope = reader.GetTypeReference(handle).ResolutionScope;
        return scope.Kind switch
        {
            HandleKind.TypeReference => AssemblyOf(reader, (TypeReferenceHandle)scope),
            HandleKind.AssemblyReference =>
                reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)scope).Name),
            _ => "",
        };
    }
}

/// <summary>A type that an assembly uses.</summary>
/// <param name="Assembly">Where it comes from.</param>
/// <param name="FullName">Namespace and name, nested types joined by a plus sign.</param>
internal readonly record struct UsedType(string Assembly, string FullName)
{
    public override string ToString() => FullName;
}
