using System.Composition;
using System.Reflection;
using System.Reflection.Emit;

namespace Whalescale.Tests.Plugins;

/// <summary>Makes small plugin assemblies that are wrong in one way each.</summary>
internal static class ForgedPlugin
{
    /// <summary>An assembly whose one class claims to be a scheduler factory.</summary>
    /// <param name="moduleName">Its metadata "Name".</param>
    /// <param name="apiLevel">Its metadata "ApiLevel".</param>
    /// <param name="implements">Whether it really is one.</param>
    /// <param name="throws">Whether its constructor throws.</param>
    /// <param name="isExported">Whether it carries the export.</param>
    /// <param name="mention">A type that its assembly refers to, if any.</param>
    public static byte[] Make(
        string moduleName = "forged", int apiLevel = 1, bool implements = true, bool throws = false,
        bool isExported = true, Type? mention = null)
    {
        var assembly = new PersistedAssemblyBuilder(new AssemblyName("Forged"), typeof(object).Assembly);
        TypeBuilder type = assembly.DefineDynamicModule("Forged")
            .DefineType("ForgedFactory", TypeAttributes.Public | TypeAttributes.Sealed);
        if (implements) Implement(type);
        if (mention is not null) type.DefineField("Mention", mention, FieldAttributes.Public);

        ILGenerator constructor = type
            .DefineConstructor(MethodAttributes.Public, CallingConventions.Standard, []).GetILGenerator();
        constructor.Emit(OpCodes.Ldarg_0);
        constructor.Emit(OpCodes.Call, typeof(object).GetConstructor([])!);
        if (throws)
        {
            constructor.Emit(OpCodes.Ldstr, "the constructor\nthrew");
            constructor.Emit(OpCodes.Newobj, typeof(InvalidOperationException).GetConstructor([typeof(string)])!);
            constructor.Emit(OpCodes.Throw);
        }

        constructor.Emit(OpCodes.Ret);
        if (isExported) Export(type, moduleName, apiLevel);
        type.CreateType();
        using var bytes = new MemoryStream();
        assembly.Save(bytes);
        return bytes.ToArray();
    }

    private static void Implement(TypeBuilder type)
    {
        type.AddInterfaceImplementation(typeof(IModuleFactory<IPacketScheduler>));
        MethodBuilder create = type.DefineMethod(
            "Create", MethodAttributes.Public | MethodAttributes.Virtual | MethodAttributes.Final,
            typeof(IPacketScheduler), [typeof(ModuleContext)]);
        ILGenerator body = create.GetILGenerator();
        body.Emit(OpCodes.Ldnull);
        body.Emit(OpCodes.Ret);
        type.DefineMethodOverride(create, typeof(IModuleFactory<IPacketScheduler>).GetMethod("Create")!);
    }

    private static void Export(TypeBuilder type, string moduleName, int apiLevel)
    {
        ConstructorInfo export = typeof(ExportAttribute).GetConstructor([typeof(Type)])!;
        ConstructorInfo metadata = typeof(ExportMetadataAttribute).GetConstructor([typeof(string), typeof(object)])!;
        type.SetCustomAttribute(new CustomAttributeBuilder(export, [typeof(IModuleFactory<IPacketScheduler>)]));
        type.SetCustomAttribute(new CustomAttributeBuilder(metadata, ["Name", moduleName]));
        type.SetCustomAttribute(new CustomAttributeBuilder(metadata, ["ApiLevel", apiLevel]));
    }
}
